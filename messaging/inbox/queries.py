"""What a care team member sees: conversations of own teams, in queues.

Each list of veterans that is shown is one audit row, naming the conversations.
"""

import datetime as dt
import enum
import uuid
from dataclasses import dataclass

from django.db import connection
from django.db.models import F, Q, QuerySet

from accounts.models import VeteranRecord
from eligibility import queries as eligibility_queries
from eligibility.models import CareTeam
from messaging import keyset
from messaging.keyset import Cursor, Page
from messaging.links import url_of_each
from messaging.models import Conversation, InternalNote, State
from messaging.models.conversation import QUEUE_AT
from messaging.permissions import check_staff
from messaging.response.calendars import calendar_for
from smportal import clock, times
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.business_time import business_time_between
from smportal.crypto.fields import warm

OPEN_STATES = (State.NEW, State.IN_PROGRESS)


class Queue(enum.StrEnum):
    """The queues, in the order of the menu."""

    OPEN = "open"
    UNASSIGNED = "unassigned"
    MINE = "mine"
    OVERDUE = "overdue"
    DUE_TODAY = "due-today"
    ANSWERED = "answered"
    COMPLETED = "completed"


LABELS = {
    Queue.OPEN: "My teams: open",
    Queue.UNASSIGNED: "Unassigned",
    Queue.MINE: "Assigned to me",
    Queue.OVERDUE: "Overdue",
    Queue.DUE_TODAY: "Due today",
    Queue.ANSWERED: "Answered",
    Queue.COMPLETED: "Completed",
}


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One conversation in a queue."""

    id: uuid.UUID
    url: str
    subject: str
    veteran: str
    team: str
    category: str
    state: str
    assignee: str
    due: str
    due_iso: str
    is_overdue: bool
    is_urgent: bool
    is_unread: bool
    when: str


def team_ids(actor: Actor) -> list[uuid.UUID]:
    """Return the actor's teams. Raises NotFound for anybody who is not staff."""
    check_staff(actor)
    return eligibility_queries.team_ids_of(actor)


@dataclass(frozen=True, slots=True)
class Desk:
    """What every queue of one page starts from: whose it is, the teams, the zone and the instant."""

    actor: Actor
    team_ids: list[uuid.UUID]
    chosen_zone: str
    zone: dt.tzinfo
    now: dt.datetime


def desk_of(actor: Actor, *, zone: str = "") -> Desk:
    """Return the actor's desk now; `zone` is the one that the viewer chose. Raises NotFound as `team_ids` does."""
    teams = team_ids(actor)
    return Desk(actor, teams, zone, _team_zone(teams, zone), clock.now())


def _condition(queue: Queue, desk: Desk) -> Q:
    open_states = Q(state__in=OPEN_STATES)
    match queue:
        case Queue.OPEN:
            return open_states
        case Queue.UNASSIGNED:
            return open_states & Q(assignee__isnull=True)
        case Queue.MINE:
            return open_states & Q(assignee_id=desk.actor.staff_id)
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


def queue_page(
    actor: Actor, queue: Queue, cursor: Cursor | None, *, zone: str = "", desk: Desk | None = None
) -> Page[QueueRow]:
    """Return 25 conversations of a queue, and record that they were shown.

    Open work is sorted by due instant, answered and completed by last message. Possibly urgent
    conversations come first: they are ahead of the first page (see `urgent_rows`). `desk` is the
    actor's, if it is at hand already.
    """
    desk = desk or desk_of(actor, zone=zone)
    is_open = queue not in {Queue.ANSWERED, Queue.COMPLETED}
    whole = _base().filter(_condition(queue, desk), _range(queue, desk))
    if is_open:
        whole = whole.filter(possibly_urgent=False)
    scopes = [whole.filter(team_id=team_id) for team_id in desk.team_ids]
    field = "queue_at" if is_open else "last_message_at"
    return _shown(desk, keyset.fetch(scopes, field=field, descending=not is_open, cursor=cursor), queue)


def urgent_rows(actor: Actor, queue: Queue, *, zone: str = "", desk: Desk | None = None) -> tuple[QueueRow, ...]:
    """Return the queue's possibly urgent conversations, the first due first: they stand above the first page."""
    if queue in {Queue.ANSWERED, Queue.COMPLETED}:
        return ()
    desk = desk or desk_of(actor, zone=zone)
    urgent = _base().filter(_condition(queue, desk), team_id__in=desk.team_ids, possibly_urgent=True)
    return _shown(desk, Page(tuple(urgent.order_by(QUEUE_AT, "id")[:100])), queue).rows


def _base() -> QuerySet[Conversation]:
    return Conversation.objects.annotate(
        queue_at=QUEUE_AT,
        first_name=F("record__first_name"),
        last_name=F("record__last_name"),
        team_name=F("team__internal_name"),
        zone=F("team__facility__time_zone"),
        assignee_name=F("assignee__name"),
    )


def _team_zone(teams: list[uuid.UUID], chosen: str) -> dt.tzinfo:
    zone = CareTeam.objects.filter(id__in=teams[:1]).values_list("facility__time_zone", flat=True).first()
    return times.viewer_zone(chosen, zone or "")


def _shown(desk: Desk, page: Page[Conversation], queue: Queue) -> Page[QueueRow]:
    if page.rows:
        record(
            actor=desk.actor,
            deed=Deed.LIST_SHOWN,
            object_kind="queue",
            object_id=queue.value,
            details={"conversations": [str(row.id) for row in page.rows]},
        )
    warm(page.rows, "subject_sealed")
    url_of = url_of_each("team_conversation")
    return keyset.mapped(page, lambda row: _row(row, url_of(row.id), desk.now, desk.chosen_zone))


def _row(row: Conversation, url: str, now: dt.datetime, chosen_zone: str) -> QueueRow:
    extra = row.__dict__
    zone = times.viewer_zone(chosen_zone, extra["zone"])
    return QueueRow(
        id=row.id,
        url=url,
        subject=row.unseal_text("subject_sealed"),
        veteran=last_first(extra["last_name"], extra["first_name"]),
        team=extra["team_name"],
        category=row.get_category_display(),
        state=row.get_state_display(),
        assignee=extra["assignee_name"] or "",
        due=times.weekday_moment(row.due_at, zone) if row.due_at else "",
        due_iso=row.due_at.isoformat() if row.due_at else "",
        is_overdue=row.due_at is not None and row.due_at <= now,
        is_urgent=row.possibly_urgent,
        is_unread=row.team_unread,
        when=times.short(row.last_message_at, zone, now),
    )


def last_first(last_name: str, first_name: str) -> str:
    """Return "Rivera, Ana"; either name may be empty."""
    return ", ".join(part for part in (last_name, first_name) if part)


COUNTED = (Queue.OPEN, Queue.UNASSIGNED, Queue.MINE, Queue.OVERDUE, Queue.DUE_TODAY)
# Counting further would cost more than the page, and nobody works by the difference.
MOST_COUNTED = 1_000


def queue_counts(actor: Actor, *, zone: str = "", desk: Desk | None = None) -> dict[Queue, int]:
    """Return how many open conversations each queue holds, at most MOST_COUNTED each, in one statement.

    Each count is one short range of an index, however long the queue. `desk` is as in `queue_page`.
    """
    desk = desk or desk_of(actor, zone=zone)
    if not desk.team_ids:
        return dict.fromkeys(COUNTED, 0)
    own = Conversation.objects.filter(team_id__in=desk.team_ids).order_by().values("id")
    parts = [own.filter(_condition(queue, desk))[:MOST_COUNTED].query.sql_with_params() for queue in COUNTED]
    # The statements are the ORM's; every value is a parameter.
    counts = ", ".join(f"(SELECT count(*) FROM ({statement}) AS queue)" for statement, _ in parts)  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counts}", [value for _, values in parts for value in values])
        return dict(zip(COUNTED, cursor.fetchone(), strict=True))


@dataclass(frozen=True, slots=True)
class Note:
    """An internal note as the page shows it."""

    id: uuid.UUID
    author: str
    body: str
    written: str
    written_iso: str


def notes(actor: Actor, conversation: Conversation, *, zone: dt.tzinfo) -> list[Note]:
    """Return the internal notes of a conversation that the staff actor has opened."""
    check_staff(actor)
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


@dataclass(frozen=True, slots=True)
class VeteranContext:
    """What staff need to know about whom they write to."""

    name: str
    preferred_name: str
    age: int | None
    waiting_hours: int | None


def veteran_context(conversation: Conversation) -> VeteranContext:
    """Return the veteran's name and age, and how many business hours the oldest unanswered message has waited."""
    veteran = conversation.record
    account = getattr(veteran, "account", None)
    facility = conversation.team.facility
    waiting = None
    if conversation.due_at is not None:
        started = conversation.obligations.filter(ended_at__isnull=True).values_list("started_at", flat=True).first()
        if started is not None:
            waiting = int(business_time_between(started, clock.now(), calendar_for(facility)).total_seconds() // 3600)
    return VeteranContext(
        name=veteran.full_name,
        preferred_name=account.preferred_name if account else "",
        age=age_on(veteran, clock.today(facility.zone)),
        waiting_hours=waiting,
    )


def age_on(veteran: VeteranRecord, day: dt.date) -> int | None:
    """Return the age in whole years; somebody born on 29 February is a year older on 1 March."""
    born = veteran.birth_date
    if born is None:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
