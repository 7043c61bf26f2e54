"""What a care team member sees: conversations of own teams, in queues.

Each list of veterans that is shown is one audit row, naming the conversations.
"""

import datetime as dt
import enum
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from messaging import keyset
from messaging.around import Around
from messaging.inbox import counting
from messaging.inbox.desk import Desk, desk_of
from messaging.inbox.filters import EVERYTHING, Narrowing
from messaging.inbox.rows import QueueRow, Showing, base, disclose_list
from messaging.keyset import Cursor, Page
from messaging.models import Conversation, InternalNote, SentInError, Side, State
from messaging.models.conversation import OPEN_STATES, QUEUE_AT, QUEUE_AT_OF_FEW
from messaging.permissions import check_staff
from smportal import times
from smportal.actor import Actor
from smportal.crypto.fields import warm


class Queue(enum.StrEnum):
    """The queues, in the order of the menu."""

    OPEN = "open"
    URGENT = "urgent"
    UNASSIGNED = "unassigned"
    MINE = "mine"
    OVERDUE = "overdue"
    DUE_TODAY = "due-today"
    ANSWERED = "answered"
    COMPLETED = "completed"


LABELS = {
    Queue.OPEN: "My teams: open",
    Queue.URGENT: "Possibly urgent",
    Queue.UNASSIGNED: "Unassigned",
    Queue.MINE: "Assigned to me",
    Queue.OVERDUE: "Overdue",
    Queue.DUE_TODAY: "Due today",
    Queue.ANSWERED: "Waiting for the veteran",
    Queue.COMPLETED: "Completed",
}


def _condition(queue: Queue, desk: Desk, team_id: uuid.UUID | None = None) -> Q:
    open_states = Q(state__in=OPEN_STATES)
    match queue:
        case Queue.OPEN:
            return open_states
        case Queue.URGENT:
            return open_states & Q(possibly_urgent=True)
        case Queue.UNASSIGNED:
            return open_states & desk.nobodys(team_id)
        case Queue.MINE:
            return open_states & desk.mine(team_id)
        case Queue.OVERDUE:
            return open_states & Q(due_at__lte=desk.now)
        case Queue.DUE_TODAY:
            return open_states & Q(due_at__gt=desk.now, due_at__lt=end_of_day(desk.now, desk.zone))
        case Queue.ANSWERED:
            return Q(state=State.ANSWERED)
        case Queue.COMPLETED:
            return Q(state=State.COMPLETED)


def _range(queue: Queue, desk: Desk) -> Q:
    """Say of the order's own column what `_condition` says of the due instant: so the index starts there."""
    if queue is Queue.DUE_TODAY:
        return Q(queue_at__gt=desk.now, queue_at__lt=end_of_day(desk.now, desk.zone))
    return Q(queue_at__lte=desk.now) if queue is Queue.OVERDUE else Q()


def end_of_day(now: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    """Return the first instant of the zone's next date."""
    tomorrow = now.astimezone(zone).date() + dt.timedelta(days=1)
    return dt.datetime.combine(tomorrow, dt.time(), tzinfo=zone).astimezone(dt.UTC)


@dataclass(frozen=True, slots=True)
class QueueView:
    """One page of a queue; the possibly urgent conversations stand above its first page."""

    urgent: tuple[QueueRow, ...]
    page: Page[QueueRow]


def queue_view(
    actor: Actor,
    queue: Queue,
    cursor: Cursor | None = None,
    *,
    zone: str = "",
    desk: Desk | None = None,
    narrowing: Narrowing | None = None,
) -> QueueView:
    """Return 25 conversations of a queue, and record in one audit row what was shown.

    Open work is sorted by due instant, answered and completed by last message. `desk` is the actor's,
    if it is at hand already; `narrowing` is what was chosen to see of the queue.
    """
    desk = desk or desk_of(actor, zone=zone)
    narrowing = narrowing or Narrowing(desk, EVERYTHING)
    is_open = queue in OPEN_QUEUES
    urgent_first = is_open and queue is not Queue.URGENT
    scopes = _scopes(queue, desk, narrowing)
    if urgent_first:
        scopes = [scope.filter(possibly_urgent=False) for scope in scopes]
    field = "queue_at" if is_open else "last_message_at"
    if not urgent_first or cursor is not None:
        page = keyset.fetch(scopes, field=field, descending=not is_open, cursor=cursor, shown=base())
        return _shown(desk, [], page, queue, narrowing)
    above = _whole(queue, narrowing).filter(_condition(queue, desk) & narrowing.anywhere(), possibly_urgent=True)
    urgent, page = keyset.fetch_below(
        above.order_by(field, "id")[:MOST_URGENT],
        lambda row: bool(row.possibly_urgent),
        scopes,
        field=field,
        shown=base(),
    )
    return _shown(desk, urgent, page, queue, narrowing)


def _whole(queue: Queue, narrowing: Narrowing) -> QuerySet[Conversation]:
    # A veteran has few conversations and an index of them: an order that no index has keeps the planner from looking for
    # them along the whole queue.
    order = QUEUE_AT_OF_FEW if narrowing.chosen.veteran else QUEUE_AT
    return Conversation.objects.annotate(queue_at=order).filter(_range(queue, narrowing.desk))


def _scopes(queue: Queue, desk: Desk, narrowing: Narrowing) -> list[QuerySet[Conversation]]:
    """Return disjoint scopes that are together what shows of a queue: each is one range of an index."""
    whole = _whole(queue, narrowing)
    return [
        whole.filter(_condition(queue, desk, team_id) & condition, team_id=team_id)
        for team_id in narrowing.teams
        for condition in narrowing.conditions(team_id)
    ]


def _shown(
    desk: Desk, urgent: list[Conversation], page: Page[Conversation], queue: Queue, narrowing: Narrowing
) -> QueueView:
    shown = [*urgent, *page.rows]
    disclose_list(desk, shown, queue.value, subject_id=narrowing.chosen.veteran)
    showing = Showing.of(desk, shown)
    return QueueView(tuple(showing.row(row) for row in urgent), keyset.mapped(page, showing.row))


def shown_rows(desk: Desk, conversation_ids: Sequence[uuid.UUID]) -> list[QueueRow]:
    """Return these conversations of the actor's teams as a queue shows them, by due instant; recorded like a queue."""
    found = base().filter(team_id__in=desk.teams, id__in=conversation_ids)
    rows = list(found.order_by(QUEUE_AT, "id"))
    disclose_list(desk, rows, "selected")
    showing = Showing.of(desk, rows)
    return [showing.row(row) for row in rows]


# More than anybody reads in one go; the rest shows as these are dealt with.
MOST_URGENT = 100
OPEN_QUEUES = frozenset(Queue) - {Queue.ANSWERED, Queue.COMPLETED}
COUNTED = (Queue.OPEN, Queue.URGENT, Queue.UNASSIGNED, Queue.MINE, Queue.OVERDUE, Queue.DUE_TODAY)
# Counting further would cost more than the page, and nobody works by the difference.
MOST_COUNTED = 1_000


def queue_counts(actor: Actor, *, zone: str = "", desk: Desk | None = None) -> dict[Queue, int]:
    """Return how many open conversations each queue holds, at most MOST_COUNTED each, in one statement.

    Each count is one short range of an index, however long the queue. `desk` is as in `queue_view`.
    """
    desk = desk or desk_of(actor, zone=zone)
    if not desk.teams:
        return dict.fromkeys(COUNTED, 0)
    counts = counting.count(desk, COUNTED, tomorrow=end_of_day(desk.now, desk.zone), most=MOST_COUNTED)
    return dict(zip(COUNTED, counts, strict=True))


def narrowed_count(queue: Queue, narrowing: Narrowing) -> int:
    """Return how many conversations show of a narrowed queue, at most MOST_COUNTED, in one statement."""
    scopes = _scopes(queue, narrowing.desk, narrowing)
    if queue in OPEN_QUEUES and queue is not Queue.URGENT:
        # As the index of the queues has them: apart, each is one range.
        scopes = [scope.filter(possibly_urgent=is_urgent) for scope in scopes for is_urgent in (True, False)]
    # In the queue's order: without one the planner takes the first thousand from anywhere, and where fewer match, from
    # everywhere.
    order = "queue_at" if queue in OPEN_QUEUES else "-last_message_at"
    parts = [scope.order_by(order).values("id")[:MOST_COUNTED] for scope in scopes]
    return min(MOST_COUNTED, sum(_counts(parts))) if parts else 0


def _counts(parts: Sequence[QuerySet[Conversation, Any]]) -> tuple[int, ...]:
    # The statements are the ORM's; every value is a parameter.
    statements = [part.query.sql_with_params() for part in parts]
    counts = ", ".join(f"(SELECT count(*) FROM ({statement}) AS queue)" for statement, _ in statements)  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counts}", [value for _, values in statements for value in values])
        counted: tuple[int, ...] = cursor.fetchone()
        return counted


@dataclass(frozen=True, slots=True)
class Note:
    """An internal note as the page shows it."""

    id: uuid.UUID
    author: str
    body: str
    written: str
    written_iso: str


def notes(actor: Actor, conversation: Conversation, *, zone: dt.tzinfo, around: Around) -> list[Note]:
    """Return the internal notes of a conversation that the staff actor has opened; no query when it has none."""
    check_staff(actor)
    if not around.has_notes:
        return []
    found = list(InternalNote.objects.filter(conversation=conversation).select_related("author_staff"))
    warm(found, "body_sealed")
    return [
        Note(
            id=note.id,
            author=note.author_staff.name,
            body=note.unseal_text("body_sealed"),
            written=times.moment(note.created_at, zone),
            written_iso=note.created_at.isoformat(),
        )
        for note in found
    ]


def subject_of(conversation: Conversation) -> str:
    """Return what a conversation that staff have opened was called, also where that was withdrawn as sent in error."""
    if conversation.started_by == Side.STAFF:
        withdrawn = SentInError.objects.filter(conversation=conversation, subject_sealed__isnull=False).first()
        if withdrawn is not None:
            return withdrawn.unseal_text("subject_sealed")
    return conversation.unseal_text("subject_sealed")
