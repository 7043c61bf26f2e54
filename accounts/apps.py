"""Users, credentials, assurance tiers, matching to the master index, sessions."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Accounts know nothing of eligibility or messages."""

    name = "accounts"
