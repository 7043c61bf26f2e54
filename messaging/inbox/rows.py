"""Rows of the care team's lists, ready to show.

What all rows of a page share (teams, calendars, who is away) is looked up once for the page, never for a row.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from django.db.models import Case, F, OuterRef, QuerySet, Subquery, When
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from messaging.inbox.desk import Desk
from messaging.links import url_of_each
from messaging.models import Conversation, Draft, SentInError, Side
from messaging.models.conversation import QUEUE_AT
from messaging.response.waiting import Waits
from smportal import times
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.crypto.fields import warm

_HOUR: Final = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One conversation in a queue; `waiting` is its age in business hours, empty where no answer is due.

    What we made ourselves (`key`, the id as text, addresses and instants) is marked as safe, and what many rows share is
    escaped once: on a page of rows, escaping costs more than looking them up.
    """

    id: uuid.UUID
    key: SafeString
    url: SafeString
    subject: str
    veteran: str
    team: str
    category: str
    state: str
    assignee: str
    # Who has begun an answer that is not sent.
    answer_by: str
    waiting: str
    due: str
    due_iso: str
    is_overdue: bool
    is_urgent: bool
    # Nobody of the team has opened it since the veteran wrote, or since another team handed it over.
    is_unread: bool
    # The message that it began with was sent in error: the veteran sees neither that message nor the subject.
    is_withdrawn: bool
    when: str
    when_iso: str


def base() -> QuerySet[Conversation]:
    """Return what rows are made of."""
    begun = Draft.objects.filter(conversation=OuterRef("id"), side=Side.STAFF, deleted_at__isnull=True).order_by()
    return Conversation.objects.annotate(
        queue_at=QUEUE_AT,
        answer_by=Subquery(begun.values("author__staff_member__name")[:1]),
        first_name=F("record__first_name"),
        last_name=F("record__last_name"),
        assignee_name=F("assignee__name"),
        withdrawal_id=of_withdrawal("id"),
    )


def of_withdrawal(column: str) -> Case:
    """Return a column of what a conversation's subject was withdrawn by, if it was.

    Looked for only where it can be: a subject is withdrawn with the message of ours that it came with.
    """
    found = SentInError.objects.filter(conversation=OuterRef("id"), subject_sealed__isnull=False).order_by()
    return Case(When(started_by=Side.STAFF, then=Subquery(found.values(column)[:1])))


def withdrawn_subjects(shown: Sequence[Conversation]) -> dict[uuid.UUID, str]:
    """Return what those of `base` were called whose subject was withdrawn: whoever may see them still sees it."""
    ids = [found for row in shown if (found := row.__dict__["withdrawal_id"])]
    rows = SentInError.objects.filter(id__in=ids) if ids else ()
    return {row.conversation_id: row.unseal_text("subject_sealed") for row in rows}


def disclose_list(desk: Desk, shown: Sequence[Conversation], name: str, *, subject_id: uuid.UUID | None = None) -> None:
    """Record what a list shows, in one row, and fetch the keys of its subjects.

    Of one veteran (`subject_id`) that there is nothing is something shown, too.
    """
    if shown or subject_id:
        record(
            actor=desk.actor,
            deed=Deed.LIST_SHOWN,
            subject_id=subject_id,
            object_kind="queue",
            object_id=name,
            details={"conversations": [str(row.id) for row in shown]},
        )
    warm(shown, "subject_sealed")


class Showing:
    """Makes the rows of one page; `disclose_list` comes first."""

    def __init__(self, desk: Desk, waits: Mapping[int, Waits], withdrawn: Mapping[uuid.UUID, str]) -> None:
        self._desk, self._waits, self._withdrawn = desk, waits, withdrawn
        self._url_of = url_of_each("team_conversation")
        self._labels: dict[tuple[str, str], SafeString] = {}

    @classmethod
    def of(cls, desk: Desk, shown: Sequence[Conversation]) -> Self:
        """Look up what these conversations share: the calendars of what waits, the subjects that were withdrawn."""
        waiting = {row.team_id for row in shown if row.due_at}
        calendars = {desk.teams[team_id].facility_id: desk.teams[team_id].calendar for team_id in waiting}
        return cls(
            desk,
            {facility_id: Waits(calendar, desk.now) for facility_id, calendar in calendars.items()},
            withdrawn_subjects(shown),
        )

    def row(self, row: Conversation) -> QueueRow:
        """Return one row, with dates and names ready."""
        desk, extra, due_at = self._desk, row.__dict__, row.due_at
        team_id, team = row.team_id, desk.teams[row.team_id]
        zone = times.viewer_zone(desk.chosen_zone, team.zone)
        withdrawn = self._withdrawn.get(row.id, "")
        assignee = desk.cover.assignee_text(team_id, row.assignee_id, extra["assignee_name"]) if row.assignee_id else ""
        return QueueRow(
            id=row.id,
            key=SafeString(row.id),
            url=SafeString(self._url_of(row.id)),
            subject=withdrawn or row.unseal_text("subject_sealed"),
            veteran=last_first(extra["last_name"], extra["first_name"]),
            team=self._label("team", team.name, lambda: team.name),
            category=self._label("category", row.category, row.get_category_display),
            state=self._label("state", row.state, row.get_state_display),
            assignee=assignee,
            answer_by=extra["answer_by"] or "",
            waiting=waiting_text(self._waits[team.facility_id].of(due_at)) if due_at else "",
            due=times.weekday_moment(due_at, zone) if due_at else "",
            due_iso=SafeString(due_at.isoformat() if due_at else ""),
            is_overdue=due_at is not None and due_at <= desk.now,
            is_urgent=row.possibly_urgent,
            is_unread=row.team_unread,
            is_withdrawn=bool(withdrawn),
            when=times.short(row.last_message_at, zone, desk.now),
            when_iso=SafeString(row.last_message_at.isoformat()),
        )

    def _label(self, kind: str, value: str, text: Callable[[], str]) -> SafeString:
        """Return what a value is called, escaped: once for all rows that have it."""
        if (kind, value) not in self._labels:
            self._labels[kind, value] = conditional_escape(text())
        return self._labels[kind, value]


def waiting_text(waited: dt.timedelta) -> str:
    """Return "12 business hours", in whole hours."""
    hours = waited // _HOUR
    if hours < 1:
        return "Under 1 business hour"
    return "1 business hour" if hours == 1 else f"{hours:,} business hours"


def last_first(last_name: str, first_name: str) -> str:
    """Return "Rivera, Ana"; either name may be empty."""
    return ", ".join(part for part in (last_name, first_name) if part)
