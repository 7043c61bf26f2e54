"""The three steps of a clock, in their order, as data (domain rules, section 6)."""

import datetime as dt
import enum
from dataclasses import dataclass

from messaging.models import NotificationKind, Obligation


class Step(enum.Enum):
    """What happens when nobody answers: the email it sends, when it falls due, when it was taken."""

    kind: NotificationKind
    owed_at: str
    taken_at: str

    def __init__(self, kind: NotificationKind, owed_at: str, taken_at: str) -> None:
        self.kind, self.owed_at, self.taken_at = kind, owed_at, taken_at

    REMINDER = NotificationKind.REMINDER, "remind_at", "reminded_at"
    OVERDUE = NotificationKind.OVERDUE, "due_at", "overdue_at"
    ESCALATION = NotificationKind.ESCALATION, "escalate_at", "escalated_at"

    def is_taken(self, clock: Obligation) -> bool:
        """Tell whether the step was taken already."""
        return getattr(clock, self.taken_at) is not None

    def instant(self, clock: Obligation) -> dt.datetime:
        """Return when the step falls due."""
        moment: dt.datetime = getattr(clock, self.owed_at)
        return moment


@dataclass(frozen=True, slots=True)
class Taken:
    """What one clock owed at one moment. All are recorded; only the furthest is told to people."""

    clock: Obligation
    steps: tuple[Step, ...]

    @property
    def furthest(self) -> Step:
        """The one that people are told of."""
        return self.steps[-1]


def owed(clock: Obligation, now: dt.datetime) -> tuple[Step, ...]:
    """Return the steps that are due at `now` and not taken yet, in their order."""
    return tuple(step for step in Step if not step.is_taken(clock) and step.instant(clock) <= now)


def take(clock: Obligation, now: dt.datetime) -> Taken:
    """Mark on the instance every step owed at `now` as taken, and what comes next; the caller saves."""
    taken = Taken(clock, owed(clock, now))
    for step in taken.steps:
        setattr(clock, step.taken_at, now)
    clock.next_step_at = next_step_at(clock)
    return taken


def next_step_at(clock: Obligation) -> dt.datetime | None:
    """Return when the next step falls due; None when all were taken."""
    return min((step.instant(clock) for step in Step if not step.is_taken(clock)), default=None)
