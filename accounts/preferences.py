"""What people choose for themselves: which emails, at what hour, in which time zone, messages in which order."""

from collections.abc import Mapping
from typing import Final

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account, AccountKind, EmailChoice, MessageOrder
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import Detail, record
from smportal.errors import InvalidInput, NotFound

# The zones where VA has facilities, by the names that people use; two that always agree are one.
ZONES: Final[Mapping[str, str | Promise]] = {
    "America/New_York": gettext_lazy("Eastern Time (New York, Atlanta, Miami)"),
    "America/Indiana/Indianapolis": gettext_lazy("Eastern Time, most of Indiana (Indianapolis)"),
    "America/Chicago": gettext_lazy("Central Time (Chicago, Dallas, New Orleans)"),
    "America/Denver": gettext_lazy("Mountain Time (Denver, Salt Lake City, Boise)"),
    "America/Phoenix": gettext_lazy("Mountain Time, Arizona without daylight saving (Phoenix)"),
    "America/Los_Angeles": gettext_lazy("Pacific Time (Los Angeles, Seattle, Las Vegas)"),
    "America/Anchorage": gettext_lazy("Alaska Time (Anchorage)"),
    "Pacific/Honolulu": gettext_lazy("Hawaii Time (Honolulu)"),
    "America/Puerto_Rico": gettext_lazy("Atlantic Time (Puerto Rico, U.S. Virgin Islands)"),
    "Pacific/Guam": gettext_lazy("Chamorro Time (Guam, Northern Mariana Islands)"),
    "Pacific/Pago_Pago": gettext_lazy("Samoa Time (American Samoa)"),
    "Asia/Manila": gettext_lazy("Philippine Time (Manila)"),
}
_CHOICES: Final = {
    AccountKind.VETERAN: (EmailChoice.EACH, EmailChoice.DAILY, EmailChoice.NONE),
    AccountKind.STAFF: (EmailChoice.ASSIGNED, EmailChoice.EACH, EmailChoice.DAILY, EmailChoice.NONE),
}


def choices_of(account: Account) -> tuple[EmailChoice, ...]:
    """Return what this kind of account may choose, the default first."""
    return _CHOICES[AccountKind(account.kind)]


@transaction.atomic
def choose_emails(*, actor: Actor, choice: str, hour: int) -> Account:
    """Set which emails the actor gets, and the hour of the daily one. Raises InvalidInput naming the field."""
    account = _own(actor)
    if choice not in choices_of(account):
        raise InvalidInput(_("Choose which emails you want"), code="choice", field="choice")
    if not 0 <= hour <= 23:
        raise InvalidInput(_("Choose an hour of the day"), code="hour", field="hour")
    return _set(actor, account, email_choice=str(choice), digest_hour=hour)


@transaction.atomic
def choose_zone(*, actor: Actor, zone: str) -> Account:
    """Set the time zone in which the actor reads times; empty for the facility's. Raises InvalidInput."""
    account = _own(actor)
    if zone and zone not in ZONES:
        raise InvalidInput(_("Choose a time zone from the list"), code="zone", field="zone")
    return _set(actor, account, time_zone=zone)


@transaction.atomic
def set_message_order(*, actor: Actor, order: str) -> None:
    """Remember whether the actor reads conversations newest or oldest first.

    Raises InvalidInput for another word, NotFound without an account.
    """
    if order not in MessageOrder.values:
        raise InvalidInput(_("Choose newest first or oldest first"), code="unknown_order", field="order")
    _set(actor, _own(actor), message_order=order)


@transaction.atomic
def choose_shortcut_keys(*, actor: Actor, on: bool) -> None:
    """Turn single keys that do things on or off. Raises NotFound without an account."""
    _set(actor, _own(actor), shortcut_keys=on)


def _own(actor: Actor) -> Account:
    if actor.account_id is None:
        raise NotFound
    return Account.objects.select_for_update().get(id=actor.account_id)


def _set(actor: Actor, account: Account, **values: str | int) -> Account:
    """Write what differs, with one audit row; nothing when nothing does."""
    changed: dict[str, Detail] = {}
    for name, value in values.items():
        before = getattr(account, name)
        if before != value:
            changed |= {f"{name}_old": before, f"{name}_new": value}
            setattr(account, name, value)
    if changed:
        account.save(update_fields=list(values))
        record(
            actor=actor,
            deed=Deed.PREFERENCES_CHANGED,
            subject_id=account.record_id,
            object_kind="account",
            object_id=account.id,
            details=changed,
        )
    return account
