"""Emails that went wrong, for whoever can do something about it: which, why, and in whose scope."""

import datetime as dt
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from eligibility import queries as eligibility_queries
from eligibility.models import Registration
from messaging.models import Notification, NotificationState
from messaging.notifications.delivery import NEVER_TRIED
from messaging.notifications.wanted import Unwanted
from smportal import clock
from smportal.actor import Actor

# A relay comes every five seconds: what has been due for longer is seen by none.
UNSEEN_AFTER: Final = dt.timedelta(minutes=2)
# Three tries are a few minutes: nearly every email that is only put off has gone by then.
TRIED_OFTEN: Final = 3
# What was given up longer ago is history: whoever it was for has heard by other ways, or not.
RECENT: Final = dt.timedelta(days=30)
# Daily emails are made every minute.
HELD_TOO_LONG: Final = dt.timedelta(hours=1)

_CODES: Final = {
    "timeout": "The mail server did not answer in time.",
    "connection_refused": "The mail server can’t be reached.",
    "connection_lost": "The connection to the mail server broke off.",
    NEVER_TRIED: "Nobody came to send it.",
    "address": "The address can’t be used in an email.",
    "no_recipient": "The mail server took it for nobody.",
}
_SKIPPED: Final = {
    Unwanted.ACCOUNT_DISABLED: "The account is disabled.",
    Unwanted.MAY_NOT_READ: "The person may not read it any more.",
    Unwanted.NOT_ASSIGNED: "It is assigned to somebody else now.",
    Unwanted.ANSWERED: "It was answered before.",
    Unwanted.GONE: "What it was about is gone or dealt with.",
    Unwanted.NO_ADDRESS: "There is no verified address.",
    Unwanted.TURNED_OFF: "The person turned such emails off.",
    Unwanted.NOTHING_WAITS: "Nothing was waiting any more.",
}


def visible_notifications(actor: Actor) -> QuerySet[Notification]:
    """Return the emails that an administrator may see: to staff of their facilities, and to veterans registered there."""
    scope = eligibility_queries.scope_of(actor)
    rows = Notification.objects.all()
    if scope.everywhere:
        return rows
    registered = Registration.objects.filter(
        record_id=OuterRef("recipient__record_id"), facility_id__in=scope.facility_ids
    )
    return rows.filter(Q(recipient__staff_member__facility_id__in=scope.facility_ids) | Exists(registered))


def stuck() -> Q:
    """Return the condition of an email that waits longer than it should, whoever is to blame."""
    now = clock.now()
    waiting = Q(attempts__gte=TRIED_OFTEN) | Q(next_attempt_at__lt=now - UNSEEN_AFTER)
    held = Q(state=NotificationState.HELD, next_attempt_at__lt=now - HELD_TOO_LONG)
    return Q(state=NotificationState.PENDING) & waiting | held


def given_up() -> Q:
    """Return the condition of a recent email that did not go out in its two days, and that nobody has dealt with.

    Without a known reason it is history: made under a moved clock, and never meant to be sent.
    """
    recent = Q(created_at__gte=clock.now() - RECENT)
    return Q(state=NotificationState.EXPIRED, dealt_with_at__isnull=True) & ~Q(last_error="") & recent


def refused() -> Q:
    """Return the condition of a recent email that a mail server will never take, and that nobody has dealt with."""
    return Q(state=NotificationState.FAILED, dealt_with_at__isnull=True, created_at__gte=clock.now() - RECENT)


def why(row: Notification) -> str:
    """Return in words why an email is where it is; empty for one that went out or waits as it should."""
    match row.state:
        case NotificationState.FAILED:
            return f"{_of_server(row.last_error, 'The mail server refused it for good.')}"
        case NotificationState.EXPIRED:
            return f"Two days of trying were over. {_of_server(row.last_error, 'The mail server put it off.')}".strip()
        case NotificationState.SKIPPED:
            return _SKIPPED.get(Unwanted(row.last_error), "") if row.last_error in set(Unwanted) else ""
        case NotificationState.HELD:
            late = row.next_attempt_at < clock.now() - HELD_TOO_LONG
            return "Its daily email was not made: is the worker running?" if late else ""
        case NotificationState.PENDING:
            return _why_waiting(row)
    return ""


def _why_waiting(row: Notification) -> str:
    if row.next_attempt_at < clock.now() - UNSEEN_AFTER:
        return "Nobody sends it: is the worker running?"
    if row.last_error:
        return _of_server(row.last_error, "The mail server put it off.")
    return "It is being sent, or whoever sent it stopped half way." if row.attempts else ""


def _of_server(code: str, otherwise: str) -> str:
    if not code:
        return ""
    return _CODES.get(code) or f"{otherwise} (Code: {code})"
