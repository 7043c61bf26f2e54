"""How the background work stands, for an administrator: everything for a national one, own facilities for others.

Counts and times only: no address, no name, nothing of a message.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.http import urlencode

from eligibility import queries as eligibility_queries
from messaging.models import NoteState, Obligation, RecordNote
from messaging.notifications.troubles import given_up, refused, stuck, visible_notifications
from smportal import clock
from smportal.actor import Actor
from smportal.jobs.queries import JobStatus, job_statuses, waiting_in_broker

# The sweep comes every minute: a step owed for longer was missed twice.
SWEEP_LATE: Final = dt.timedelta(minutes=2)
NOTE_LATE: Final = dt.timedelta(minutes=10)
# More starts than that in the broker: the worker is away, or too slow.
QUEUE_LONG: Final = 50
MOST_COUNTED: Final = 1_000


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is counted, where it can be looked at, and whether somebody should."""

    text: str
    count: str
    needs_somebody: bool = False
    link: str = ""
    link_text: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """The whole page. `jobs` and `queue` are for national administrators."""

    jobs: list[JobStatus]
    queue: Fact | None
    facts: list[Fact]

    @property
    def troubles(self) -> int:
        """Count what somebody should look at."""
        facts = [*self.facts, *([self.queue] if self.queue else [])]
        return sum(job.needs_somebody for job in self.jobs) + sum(fact.needs_somebody for fact in facts)


def status(actor: Actor) -> Status:
    """Return how the background work stands in the actor's scope."""
    scope = eligibility_queries.scope_of(actor)
    facts = [_steps(scope), *_emails(actor), *_notes(scope)]
    if not scope.everywhere:
        return Status([], None, facts)
    return Status(job_statuses(), _queue(), facts)


def _queue() -> Fact:
    waiting = waiting_in_broker()
    if waiting is None:
        return Fact("Starts of tasks that wait: Redis does not answer", "unknown", needs_somebody=True)
    return Fact("Starts of tasks that wait for a worker", f"{waiting:,}", waiting > QUEUE_LONG)


def _steps(scope: eligibility_queries.Scope) -> Fact:
    late = Obligation.objects.filter(ended_at__isnull=True, next_step_at__lt=clock.now() - SWEEP_LATE)
    if not scope.everywhere:
        late = late.filter(conversation__team__facility_id__in=scope.facility_ids)
    count = _count(late)
    return Fact("Reminders and escalations that are more than 2 minutes late", _shown(count), count > 0)


def _emails(actor: Actor) -> list[Fact]:
    rows = visible_notifications(actor)
    waits = _count(rows.filter(stuck()))
    no = _count(rows.filter(refused()))
    old, again = _count(rows.filter(given_up())), "See and try again"
    return [
        Fact("Emails that wait longer than they should", _shown(waits), waits > 0, _list(trouble="stuck"), "See which"),
        Fact("Emails refused in the last 30 days", _shown(no), no > 0, _list(trouble="refused"), again),
        Fact("Emails given up in the last 30 days", _shown(old), old > 0, _list(trouble="expired"), again),
    ]


def _notes(scope: eligibility_queries.Scope) -> list[Fact]:
    rows = RecordNote.objects.all()
    if not scope.everywhere:
        rows = rows.filter(conversation__team__facility_id__in=scope.facility_ids)
    late = _count(rows.filter(state=NoteState.WAITING, owed_since__lt=clock.now() - NOTE_LATE))
    failed = _count(rows.filter(state=NoteState.FAILED))
    where = reverse("admin:messaging_recordnote_changelist")
    return [
        Fact(
            "Notes that have waited for the health record for more than 10 minutes",
            _shown(late), late > 0, f"{where}?state={NoteState.WAITING}", "See which",
        ),
        Fact(
            "Notes that the health record refused and nobody has dealt with",
            _shown(failed), failed > 0, f"{where}?state={NoteState.FAILED}", "See and try again",
        ),
    ]  # fmt: skip


def _list(**query: str) -> str:
    return f"{reverse('admin:messaging_notification_changelist')}?{urlencode(query)}"


def _count(rows: QuerySet[Any]) -> int:
    """Count up to a thousand: more says no more."""
    return rows.order_by()[: MOST_COUNTED + 1].count()


def _shown(count: int) -> str:
    return f"{MOST_COUNTED:,}+" if count > MOST_COUNTED else f"{count:,}"
