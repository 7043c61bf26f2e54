"""What the pages of broadcasts show."""

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Count

from eligibility.models import Association, CareTeam, Facility, Registration
from messaging import keyset
from messaging.broadcasts.content import content_of
from messaging.broadcasts.permissions import led_team_ids, visible_broadcasts
from messaging.inbox.rows import last_first
from messaging.keyset import Cursor, Page
from messaging.library import cards
from messaging.library import queries as library
from messaging.library.cards import Card
from messaging.models import Broadcast, BroadcastRecipient, BroadcastState, RecipientState
from messaging.models.broadcast import RUNNING
from messaging.starting.recipients import SHORT
from smportal import times
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.crypto.fields import warm
from smportal.errors import NotFound

# Why somebody did not get it, beside the obstacles of one conversation.
REASONS = {
    **{obstacle.value: words for obstacle, words in SHORT.items()},
    "malformed": "No ICN in this line",
    "merged": "The same veteran as another on the list (merged records)",
    "stopped": "Stopped before their turn",
    "author_left": "The author no longer leads the team",
    "failed": "Failed on our side; an administrator can see why",
}
ROWS = 100


@dataclass(frozen=True, slots=True)
class Listed:
    """A broadcast in the list of a team's."""

    id: uuid.UUID
    subject: str
    team: str
    author: str
    state: str
    when: str


@dataclass(frozen=True, slots=True)
class Reason:
    """How many did not, or will not, get it for one reason."""

    code: str
    text: str
    number: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Where the lines stand. `reasons` are those of who is left out, the most frequent first."""

    unchecked: int
    pending: int
    sent: int
    left_out: int
    reasons: tuple[Reason, ...]

    @property
    def total(self) -> int:
        """All lines."""
        return self.unchecked + self.pending + self.sent + self.left_out


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the work is that runs now, of how many."""

    state: str
    done: int
    total: int

    @property
    def is_running(self) -> bool:
        """Whether there is more to wait for."""
        return self.state in RUNNING


@dataclass(frozen=True, slots=True)
class Line:
    """One veteran of a broadcast, or a line that means nobody, as a list shows it."""

    position: int
    name: str
    icn: str
    result: str
    reason: str
    conversation_id: uuid.UUID | None


def found(actor: Actor, broadcast_id: uuid.UUID) -> Broadcast:
    """Return a broadcast of a team that the actor leads. Raises NotFound."""
    whole = visible_broadcasts(actor).select_related("team__facility", "facility", "author_staff", "registered_at")
    broadcast = whole.filter(id=broadcast_id).first()
    if broadcast is None:
        raise NotFound
    return broadcast


def cards_of(broadcast: Broadcast) -> Sequence[Card]:
    """Return the health library's links that go with it: as they were confirmed, before that as they are now."""
    if broadcast.confirmed_at is not None:
        return cards.of(broadcast)
    return library.offered(content_of(broadcast).links)


def led_teams(actor: Actor) -> list[tuple[str, str]]:
    """Return the active teams that the actor leads, as a form's choices."""
    teams = CareTeam.objects.filter(id__in=led_team_ids(actor), is_active=True).order_by("internal_name", "id")
    return [(str(team_id), name) for team_id, name in teams.values_list("id", "internal_name")]


def facilities_of(team_id: uuid.UUID) -> list[tuple[str, str]]:
    """Return the facilities where the team's veterans are registered, as a form's choices."""
    own = Association.objects.filter(team_id=team_id).values("record_id")
    ids = Registration.objects.filter(record_id__in=own).values("facility_id")
    return [
        (str(facility.id), str(facility)) for facility in Facility.objects.filter(id__in=ids).order_by("name", "id")
    ]


def listed(actor: Actor, cursor: Cursor | None = None, *, zone: str) -> Page[Listed]:
    """Return a page of the broadcasts of the teams that the actor leads, the latest first."""
    found = visible_broadcasts(actor).select_related("team__facility", "facility", "author_staff")
    page = keyset.fetch([found], field="created_at", descending=True, cursor=cursor)
    warm(page.rows, "subject_sealed")
    return keyset.mapped(page, lambda row: _listed(row, zone))


def _listed(row: Broadcast, zone: str) -> Listed:
    return Listed(
        row.id,
        row.unseal_text("subject_sealed") or "No subject yet",
        row.team.internal_name,
        row.author_staff.name,
        row.get_state_display(),
        times.moment(row.confirmed_at or row.created_at, times.viewer_zone(zone, row.team.facility.time_zone)),
    )


def counts(broadcast: Broadcast) -> Counts:
    """Return where a broadcast's lines stand, in one statement."""
    rows = (
        BroadcastRecipient.objects.filter(broadcast=broadcast)
        .order_by()
        .values("state", "reason")
        .annotate(number=Count("id"))
        .values_list("state", "reason", "number")
    )
    by_state = dict.fromkeys(RecipientState.values, 0)
    reasons = []
    for state, reason, number in rows:
        by_state[state] += number
        if state == RecipientState.LEFT_OUT:
            reasons.append(Reason(reason, REASONS.get(reason, reason), number))
    reasons.sort(key=lambda found: (-found.number, found.text))
    return Counts(
        by_state[RecipientState.UNCHECKED],
        by_state[RecipientState.PENDING],
        by_state[RecipientState.SENT],
        by_state[RecipientState.LEFT_OUT],
        tuple(reasons),
    )


def progress(broadcast: Broadcast, so_far: Counts) -> Progress:
    """Return how far the check, or the sending, has come."""
    if broadcast.state == BroadcastState.CHECKING:
        return Progress(broadcast.state, so_far.total - so_far.unchecked, so_far.total)
    return Progress(broadcast.state, so_far.sent, so_far.sent + so_far.pending)


def lines(
    actor: Actor, broadcast: Broadcast, state: RecipientState, *, after: int = -1, most: int = ROWS
) -> list[Line]:
    """Return lines of a broadcast that the actor may see, by position; on record before they show."""
    rows = list(
        BroadcastRecipient.objects.filter(broadcast=broadcast, state=state, position__gt=after)
        .select_related("record")
        .order_by("position")[:most]
    )
    for row in rows:
        # Whose key it is: looked up once.
        row.broadcast = broadcast
    ids = [str(row.record_id) for row in rows if row.record_id and row.reason != "unknown"]
    if ids:
        record(
            actor=actor,
            deed=Deed.LIST_SHOWN,
            object_kind="broadcast",
            object_id=broadcast.id,
            details={"records": ids},
        )
    warm(rows, "given_sealed")
    return [_line(row) for row in rows]


def _line(row: BroadcastRecipient) -> Line:
    # Of somebody who is no veteran of the team, only what the list said is shown.
    named = row.record if row.record is not None and row.reason != "unknown" else None
    return Line(
        position=row.position,
        name=last_first(named.last_name, named.first_name) if named else "",
        icn=named.icn if named else row.unseal_text("given_sealed"),
        result=row.get_state_display(),
        reason=REASONS.get(row.reason, row.reason),
        conversation_id=row.conversation_id,
    )


def every_line(actor: Actor, broadcast: Broadcast) -> Iterator[Sequence[Line]]:
    """Yield all lines in pieces, those who got it first; each piece is on record."""
    for state in (RecipientState.SENT, RecipientState.PENDING, RecipientState.LEFT_OUT):
        after = -1
        while piece := lines(actor, broadcast, state, after=after, most=500):
            yield piece
            after = piece[-1].position


def when(broadcast: Broadcast, at: dt.datetime | None, zone: str) -> str:
    """Return an instant as the page shows it."""
    return times.moment(at, times.viewer_zone(zone, broadcast.team.facility.time_zone)) if at else ""
