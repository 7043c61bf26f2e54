"""A care team member's search: across own teams only, each page of it on record.

Words of many veterans are looked through only within chosen days (domain rules, section 5), so a search
for words names a veteran or at most 90 days.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import connection
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.safestring import SafeString

from accounts.matching import match_name
from eligibility import queries as eligibility_queries
from eligibility.models import StaffMember
from messaging.inbox.desk import Desk
from messaging.inbox.rows import base, last_first, of_withdrawal
from messaging.keyset import Cursor
from messaging.links import url_of_each
from messaging.models import Conversation
from messaging.search.criteria import TEAM_DAYS, Criteria, Span
from messaging.search.marking import marked
from messaging.search.own import with_number, within
from messaging.search.queries import Results, excerpt, marked_files, run
from messaging.search.scanning import COLUMNS, NAMES, WITHDRAWN, Candidate, Hit, Look, Openers, instant
from messaging.search.terms import Term, parse
from smportal import times
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import InvalidInput

NOBODY, ME = "nobody", "me"
# More veterans of one name than this are no help to choose from.
MOST_OFFERED = 25
MOST_NAMED = 1_000


@dataclass(frozen=True, slots=True)
class VeteranChoice:
    """A veteran of one's own teams whom a typed name can mean."""

    record_id: uuid.UUID
    name: str
    born: dt.date | None

    @property
    def label(self) -> str:
        """Return the name with what tells two of the same name apart."""
        return f"{self.name}, born {times.day(self.born)}" if self.born else self.name


class ChooseVeteran(InvalidInput):
    """A typed name can mean several veterans; the page offers them."""

    def __init__(self, choices: Sequence[VeteranChoice]) -> None:
        super().__init__("Choose which veteran you mean.", code="several", field="record")
        self.choices = choices


@dataclass(frozen=True, slots=True)
class TeamResultRow:
    """One conversation that was found. Its texts are HTML: escaped, with the hits marked."""

    id: uuid.UUID
    url: str
    subject: SafeString
    veteran: SafeString
    team: SafeString
    category: str
    state: str
    assignee: str
    when: str
    when_iso: str
    is_unread: bool
    is_urgent: bool
    is_overdue: bool
    is_withdrawn: bool
    number: SafeString
    files: list[SafeString]
    piece: SafeString
    # Of the piece: who wrote it (empty: the veteran), when, and whether it is a note among staff.
    author: SafeString
    written: str
    is_note: bool


def checked(desk: Desk, criteria: Criteria) -> Criteria:
    """Return the criteria with the veteran that they mean.

    Raises InvalidInput naming the field when words are asked for of everybody for more than 90 days;
    ChooseVeteran when a name is not enough to tell whom.
    """
    if not criteria.veteran:
        if criteria.words and not _is_short(criteria, desk):
            raise InvalidInput(
                f"To search for words, enter a veteran’s name, or days at most {TEAM_DAYS} days apart.",
                code="too_wide",
                field="since",
            )
        return replace(criteria, record=None)
    named = veterans_named(desk, criteria.veteran)
    if not named:
        raise _unknown()
    if criteria.record and criteria.record in {choice.record_id for choice in named}:
        return criteria
    if len(named) == 1:
        return replace(criteria, record=named[0].record_id)
    if criteria.words and not _is_short(criteria, desk):
        raise _choose(desk, named)
    return replace(criteria, record=None)


def recent(desk: Desk, criteria: Criteria, *, wanted: bool) -> Criteria:
    """Return the criteria for the last 90 days, if that is wanted and no day was chosen."""
    if not wanted or criteria.since:
        return criteria
    return replace(criteria, since=desk.now.astimezone(desk.zone).date() - dt.timedelta(days=TEAM_DAYS - 1))


def chosen(desk: Desk, criteria: Criteria) -> VeteranChoice | None:
    """Return the veteran whom a search is confined to, as the form shows them."""
    named = veterans_named(desk, criteria.veteran) if criteria.record else []
    return next((choice for choice in named if choice.record_id == criteria.record), None)


def _is_short(criteria: Criteria, desk: Desk) -> bool:
    if criteria.since is None:
        return False
    until = criteria.until or desk.now.astimezone(desk.zone).date()
    return (until - criteria.since).days < TEAM_DAYS


def the_one(desk: Desk, named: Sequence[VeteranChoice], record_id: uuid.UUID | None) -> VeteranChoice:
    """Return the veteran whom a name means: the only one, or the one chosen of several.

    Raises InvalidInput for none, and ChooseVeteran, with the names on record, while it is open which one.
    """
    if not named:
        raise _unknown()
    if len(named) == 1:
        return named[0]
    found = next((choice for choice in named if choice.record_id == record_id), None)
    if found is None:
        raise _choose(desk, named)
    return found


def _unknown() -> InvalidInput:
    return InvalidInput("No veteran of your teams has this name.", code="unknown", field="veteran")


def _choose(desk: Desk, named: Sequence[VeteranChoice]) -> InvalidInput:
    """Return the error that offers the veterans, whose names are on record before they show."""
    if len(named) > MOST_OFFERED:
        return InvalidInput(
            f"More than {MOST_OFFERED} veterans have this name. Enter first and last name.",
            code="too_many",
            field="veteran",
        )
    ids = [str(choice.record_id) for choice in named]
    record(actor=desk.actor, deed=Deed.LIST_SHOWN, object_kind="veterans", details={"records": ids})
    return ChooseVeteran(named)


# The teams' own veterans first, whatever other teams have: what it costs says nothing of them.
_NAMED = """
WITH own AS MATERIALIZED (
    SELECT DISTINCT record_id FROM messaging_conversation WHERE team_id = ANY(%(teams)s)
)
SELECT r.id, r.last_name, r.first_name, r.birth_date
FROM own JOIN accounts_veteranrecord r ON r.id = own.record_id
WHERE r.match_name LIKE ALL(%(parts)s) ORDER BY r.last_name, r.first_name, r.id LIMIT %(most)s
"""


def veterans_named(desk: Desk, name: str) -> list[VeteranChoice]:
    """Return the veterans of the desk's teams whose name has every part of `name`; nothing of it is shown yet.

    Raises InvalidInput for a name without a letter, or one that more than a thousand have.
    """
    parts = name_parts(name)
    if not parts:
        raise InvalidInput("Enter a name with at least one letter.", code="no_words", field="veteran")
    patterns = [f"%{part}%" for part in parts]
    with connection.cursor() as cursor:
        cursor.execute(_NAMED, {"teams": list(desk.teams), "parts": patterns, "most": MOST_NAMED + 1})
        found = [VeteranChoice(row[0], last_first(row[1], row[2]), row[3]) for row in cursor.fetchall()]
    if len(found) > MOST_NAMED:
        raise InvalidInput("Too many veterans have this name. Enter more of it.", code="too_many", field="veteran")
    return found


def name_parts(name: str) -> list[str]:
    """Return the parts of a typed name, each in the form in which names are compared; in any order."""
    parts = (match_name(part, "").rstrip("|") for part in name.replace(",", " ").split())
    return [part for part in parts if part]


def colleagues(desk: Desk) -> list[tuple[str, str]]:
    """Return the active members of the desk's teams, by name, as choices."""
    members = StaffMember.objects.filter(
        is_active=True, memberships__team_id__in=desk.teams, memberships__ended_at__isnull=True
    )
    rows = members.order_by(Lower("name"), "staff_id").values_list("id", "name").distinct()
    return [(str(staff_id), name) for staff_id, name in rows]


def found_by(
    desk: Desk, search_id: uuid.UUID, criteria: Criteria, *, cursor: Cursor | None = None, before: int = 0
) -> Results[TeamResultRow]:
    """Return a page of what the search finds in the desk's teams, and put it on record. Raises slots.Busy."""
    span = Span.of(criteria, desk.zone)
    terms = parse(criteria.words)
    condition = _condition(desk, criteria, span)
    own = Conversation.objects.filter(condition).annotate(
        withdrawal_id=of_withdrawal("id"), withdrawn_sealed=of_withdrawal("subject_sealed")
    )
    teams = [criteria.team] if criteria.team else list(desk.teams)
    look = Look(
        scopes=[own.filter(team_id=team_id) for team_id in teams if team_id in desk.teams],
        terms=terms,
        span=span,
        name_of=lambda row: (_veteran(row), desk.teams[row.team_id].name),
        columns=COLUMNS + NAMES + WITHDRAWN,
        with_notes=True,
    )
    found, openers = run(desk.actor, search_id, look, cursor, subject_id=criteria.record)
    stopped = found.after.at if found.after and not found.is_full else None
    return Results(
        rows=_Showing(desk, terms, openers).rows(found.hits),
        before=before,
        after=found.after,
        looked_back=times.day(stopped.astimezone(desk.zone)) if stopped else "",
    )


def _veteran(row: Candidate) -> str:
    return " ".join(part for part in (row.first_name, row.last_name) if part)


def _condition(desk: Desk, criteria: Criteria, span: Span) -> Q:
    condition = within(span)
    if criteria.record:
        condition &= Q(record_id__in=eligibility_queries.record_family(criteria.record))
    elif criteria.veteran:
        condition &= Q(record_id__in=[choice.record_id for choice in veterans_named(desk, criteria.veteran)])
    if criteria.category:
        condition &= Q(category=criteria.category)
    if criteria.state:
        condition &= Q(state=criteria.state)
    if criteria.number is not None:
        condition &= with_number(criteria.number)
    if criteria.assignee == NOBODY:
        condition &= desk.nobodys()
    elif criteria.assignee:
        condition &= desk.mine() if criteria.assignee == ME else Q(assignee_id=uuid.UUID(criteria.assignee))
    return condition


@dataclass(frozen=True, slots=True)
class _Showing:
    """What all rows of a page share."""

    desk: Desk
    terms: tuple[Term, ...]
    openers: Openers

    def rows(self, hits: list[Hit]) -> tuple[TeamResultRow, ...]:
        whole = base().select_related("assignee").in_bulk([hit.row.id for hit in hits])
        url_of = url_of_each("team_conversation")
        return tuple(self._row(hit, whole[hit.row.id], url_of(hit.row.id)) for hit in hits)

    def _row(self, hit: Hit, conversation: Conversation, url: str) -> TeamResultRow:
        team_id = hit.row.team_id
        team = self.desk.teams[team_id]
        zone = times.viewer_zone(self.desk.chosen_zone, team.zone)
        piece = excerpt(hit, self.terms, self.openers)
        nothing = SafeString()
        return TeamResultRow(
            id=conversation.id,
            url=f"{url}#m-{piece.text.id}" if piece and not piece.text.is_note else url,
            subject=marked(self.terms, self.openers.subject(hit.row)),
            veteran=marked(self.terms, last_first(hit.row.last_name, hit.row.first_name)),
            team=marked(self.terms, team.name),
            category=conversation.get_category_display(),
            state=conversation.get_state_display(),
            assignee=self.desk.cover.assignee_text(team_id, conversation.assignee.id, conversation.assignee.name)
            if conversation.assignee
            else "",
            when=times.short(conversation.last_message_at, zone, self.desk.now),
            when_iso=conversation.last_message_at.isoformat(),
            is_unread=conversation.team_unread,
            is_urgent=conversation.possibly_urgent,
            is_overdue=conversation.due_at is not None and conversation.due_at <= self.desk.now,
            is_withdrawn=hit.row.withdrawal_id is not None,
            number=piece.number if piece else nothing,
            files=marked_files(hit, self.terms, self.openers),
            piece=piece.body if piece else nothing,
            author=piece.author if piece else nothing,
            written=times.short(instant(piece.text.micros), zone, self.desk.now) if piece else "",
            is_note=piece.text.is_note if piece else False,
        )
