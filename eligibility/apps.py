"""Facilities, care teams, participation, enrollment, registration, blocks: who may use the portal, and why."""

from django.apps import AppConfig


class EligibilityConfig(AppConfig):
    """Eligibility builds on accounts and knows nothing of messages."""

    name = "eligibility"
    verbose_name = "Eligibility and care teams"
