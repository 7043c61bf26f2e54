"""Changing one's own settings. What is held for the daily email is judged anew by the new choice."""

from django.db import transaction

from accounts import preferences
from messaging.notifications.actions import reconsider_held
from smportal.actor import Actor


@transaction.atomic
def save_emails(*, actor: Actor, choice: str, hour: int) -> None:
    """Set which emails the actor gets, and the hour of the daily one. Raises InvalidInput naming the field."""
    account = preferences.choose_emails(actor=actor, choice=choice, hour=hour)
    reconsider_held(account.id)


@transaction.atomic
def save_zone(*, actor: Actor, zone: str) -> None:
    """Set the actor's time zone; the hour of the daily email moves along. Raises InvalidInput naming the field."""
    account = preferences.choose_zone(actor=actor, zone=zone)
    reconsider_held(account.id)
