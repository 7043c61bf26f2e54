"""The relay: what the outbox owes goes out at least once, however often relays die or run twice.

A relay claims a row by moving its `next_attempt_at` a lease ahead, in a transaction of its own, and
sends outside of any. When it dies, the lease runs out and another relay sends the email again, under
the same Message-ID. No broker holds anything: the table is the queue.
"""

import datetime as dt
import logging
import time
from collections import Counter
from dataclasses import dataclass
from typing import Final

from django.db.models import Case, F, Q, Value, When

from messaging.backoff import pause
from messaging.leasing import claim, still_ours
from messaging.models import Notification, NotificationState
from messaging.notifications.addresses import address_of, masked
from messaging.notifications.choices import Handling
from messaging.notifications.composing import compose
from messaging.notifications.digests import due_at
from messaging.notifications.kinds import kind_of
from messaging.notifications.mailer import Attempt, Mailer, Verdict
from messaging.notifications.wanted import Unwanted, why_unwanted
from smportal import clock

LEASE: Final = dt.timedelta(seconds=60)
GIVE_UP_AFTER: Final = dt.timedelta(hours=48)
# One run stays below the time limits of tasks, even when its last email takes as long as it can.
RUN_SECONDS: Final = 15
# The reason of an email that expired before any relay came to it.
NEVER_TRIED: Final = "never_tried"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RelayResult:
    """How many emails met which end in one run; `retried` are owed still."""

    sent: int = 0
    retried: int = 0
    failed: int = 0
    skipped: int = 0
    expired: int = 0
    held: int = 0


def relay(*, limit: int = 100) -> RelayResult:
    """Send what is owed now, up to `limit` emails or about 15 seconds; return what became of them.

    Emails of events more than 48 hours ago expire. Ends early when the mail server is away, so that
    the rest of the outbox keeps its place. May run any number of times at once.
    """
    counts = Counter(expired=_expire())
    ends = time.monotonic() + RUN_SECONDS
    with Mailer() as mailer:
        while limit > 0 and time.monotonic() < ends and (row := _claim()):
            limit -= 1
            outcome, server_works = _deliver(mailer, row)
            counts[outcome] += 1
            if not server_works:
                break
    return RelayResult(**counts)


def _expire() -> int:
    now = clock.now()
    long_ago = now - GIVE_UP_AFTER
    old = Notification.objects.filter(
        state=NotificationState.PENDING, next_attempt_at__lte=now, created_at__lte=long_ago
    )
    anew = Q(tried_again_at__isnull=True) | Q(tried_again_at__lte=long_ago)
    # Why the last try failed stays, for the person and the administrators.
    why = Case(When(last_error="", then=Value(NEVER_TRIED)), default=F("last_error"))
    count = old.filter(anew).update(state=NotificationState.EXPIRED, last_error=why)
    if count:
        _log.error("emails were given up after two days", extra={"count": count})
    return count


def _claim() -> Notification | None:
    """Return one owed row that no other relay holds, ours for a minute."""
    owed = Notification.objects.select_related("recipient").filter(state=NotificationState.PENDING)
    return claim(owed, LEASE)


def _deliver(mailer: Mailer, row: Notification) -> tuple[str, bool]:
    """Return the outcome's name, and whether the server would take another email."""
    # The choice counts as it stands now, not as it stood when the email was owed.
    handling = kind_of(row.kind).rule[row.recipient.wanted_emails]
    address = address_of(row.recipient)
    unwanted = Unwanted.TURNED_OFF if handling is Handling.NOT else why_unwanted(row)
    unwanted = unwanted or (None if address else Unwanted.NO_ADDRESS)
    if unwanted:
        _settle(row, state=NotificationState.SKIPPED, last_error=unwanted)
        return "skipped", True
    if handling is Handling.HELD:
        # From the event on, not from now: a relay that comes late misses no hour.
        due = due_at(row.recipient, after=row.created_at)
        _settle(row, state=NotificationState.HELD, next_attempt_at=due)
        return "held", True
    row.sent_to = masked(address)
    attempt = mailer.send(compose(row, address))
    match attempt.verdict:
        case Verdict.ACCEPTED:
            _settle(row, state=NotificationState.SENT, sent_at=clock.now(), sent_to=row.sent_to, last_error="")
            return "sent", True
        case Verdict.REFUSED:
            _settle(row, state=NotificationState.FAILED, sent_to=row.sent_to, last_error=attempt.code)
            _report(logging.ERROR, "an email was refused for good", row, attempt)
            return "failed", True
        case Verdict.LATER:
            _try_later(row, attempt, logging.WARNING)
            return "retried", True
        case Verdict.SERVER_AWAY:
            _try_later(row, attempt, logging.WARNING)
            return "retried", False
        case Verdict.OURSELVES_REFUSED:
            _try_later(row, attempt, logging.ERROR)
            return "retried", False


def _settle(row: Notification, **values: object) -> None:
    """Write how it ended, even if the lease ran out meanwhile: what was sent was sent."""
    Notification.objects.filter(id=row.id, state=NotificationState.PENDING).update(**values)


def _try_later(row: Notification, attempt: Attempt, level: int) -> None:
    """Put the row back, unless the lease ran out and another relay has it now."""
    still_ours(row).update(
        next_attempt_at=clock.now() + pause(row.attempts), last_error=attempt.code, sent_to=row.sent_to
    )
    _report(level, "an email could not be sent yet", row, attempt)


def _report(level: int, text: str, row: Notification, attempt: Attempt) -> None:
    extra = {"notification": str(row.id), "kind": row.kind, "attempt": row.attempts, "reason": attempt.code}
    _log.log(level, text, extra=extra)
