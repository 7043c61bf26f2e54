"""Mails that tell somebody of a change of their account; sent once it is certain."""

from allauth.account.adapter import get_adapter
from django.db import transaction

from accounts.models import Account


def credential_linked(account: Account) -> None:
    """Tell that another way to sign in was added."""
    _send("account/email/credential_linked", account)


def record_unlinked(account: Account) -> None:
    """Tell that the account is not connected to a health record any more."""
    _send("account/email/record_unlinked", account)


def _send(template: str, account: Account) -> None:
    transaction.on_commit(lambda: get_adapter().send_notification_mail(template, account))
