"""The sweep: every step that is owed is taken once, whatever crashes or runs twice (domain rules, section 6)."""

import datetime as dt
from dataclasses import dataclass
from typing import Final, Self

from django.db import transaction

from messaging.absence.cover import cover_of
from messaging.models import Obligation
from messaging.notifications.actions import Notice, notify_many
from messaging.response.recipients import Recipients
from messaging.response.steps import Step, Taken, take
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import MOST_IN_LIST, Event, record_many

_SWEEP: Final = Actor.system("sweep")


@dataclass(frozen=True, slots=True)
class SweepResult:
    """How many steps were taken, and how many emails they asked for."""

    reminded: int = 0
    overdue: int = 0
    escalated: int = 0
    notified: int = 0

    def __add__(self, other: "SweepResult") -> "SweepResult":
        return SweepResult(
            self.reminded + other.reminded,
            self.overdue + other.overdue,
            self.escalated + other.escalated,
            self.notified + other.notified,
        )

    @classmethod
    def of(cls, taken: list[Taken], notified: int) -> Self:
        """Count what was taken."""
        steps = [step for one in taken for step in one.steps]
        return cls(steps.count(Step.REMINDER), steps.count(Step.OVERDUE), steps.count(Step.ESCALATION), notified)


def sweep(*, now: dt.datetime | None = None, batch: int = 500) -> SweepResult:
    """Take every step that is owed at `now` (the application's clock by default).

    Each batch of clocks is one transaction: steps, audit rows and owed emails are there together or
    not at all. Rows that another sweep is at are left to it. The cost follows what is due, not what
    is open. `now` decides what is owed; emails are owed from the application's now on.
    Raises ValueError for a batch below one or a `now` without an offset.
    """
    instant = now or clock.now()
    if batch < 1 or instant.utcoffset() is None:
        raise ValueError("a sweep needs a batch of at least one and an instant with an offset")
    total = SweepResult()
    while done := _sweep_batch(instant, batch):
        total += done
    return total


@transaction.atomic
def _sweep_batch(now: dt.datetime, batch: int) -> SweepResult | None:
    clocks = list(
        Obligation.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("conversation__team")
        .filter(ended_at__isnull=True, next_step_at__lte=now)
        .order_by("next_step_at", "id")[:batch]
    )
    if not clocks:
        return None
    taken = [take(one, now) for one in clocks]
    Obligation.objects.bulk_update(clocks, ["reminded_at", "overdue_at", "escalated_at", "next_step_at"])
    notified = _tell(taken, now)
    return SweepResult.of(taken, notified)


def _tell(taken: list[Taken], now: dt.datetime) -> int:
    recipients = Recipients(cover_of({one.clock.conversation.team_id for one in taken}, at=now))
    notices = [
        Notice(one.furthest.kind, recipients.of(one.furthest, one.clock.conversation), one.clock.id) for one in taken
    ]
    record_many(
        actor=_SWEEP,
        events=[_event(one, notice) for one, notice in zip(taken, notices, strict=True)],
    )
    return notify_many(notices)


def _event(taken: Taken, notice: Notice) -> Event:
    return Event(
        deed=Deed.OBLIGATION_STEP,
        subject_id=taken.clock.conversation.record_id,
        object_kind="obligation",
        object_id=taken.clock.id,
        reason=taken.furthest.name.lower(),
        details={
            "conversation": str(taken.clock.conversation_id),
            "steps": [step.name.lower() for step in taken.steps],
            "told": [str(recipient) for recipient in notice.recipient_ids][:MOST_IN_LIST],
        },
    )
