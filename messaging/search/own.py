"""A veteran's search through all of the own conversations, those of merged records included."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from eligibility.models import CareTeam
from messaging.keyset import Cursor
from messaging.links import url_of_each
from messaging.mailbox.folders.queries import Shelves
from messaging.mailbox.folders.queries import shelves as shelves_of
from messaging.mailbox.queries import Mailbox, status_text
from messaging.models import Conversation, Message, Place
from messaging.search.criteria import Criteria, Span
from messaging.search.marking import marked
from messaging.search.queries import Results, excerpt, marked_files, run
from messaging.search.scanning import Hit, Look, Openers, instant
from messaging.search.terms import Term, parse
from smportal import clock, times
from smportal.actor import Actor

# A view, not a place: what the veteran wrote in.
SENT = "sent"


@dataclass(frozen=True, slots=True)
class OwnTeam:
    """A team that the veteran has conversations with."""

    name: str
    zone: str


OwnTeams = dict[uuid.UUID, OwnTeam]


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One conversation that was found. Its texts are HTML: escaped, with the hits marked."""

    id: uuid.UUID
    url: str
    subject: SafeString
    team: SafeString
    when: str
    when_iso: str
    unread: bool
    status: str
    count: int
    # Where it is kept, unless that is the inbox; an own folder by its name.
    is_trashed: bool
    folder: str
    number: SafeString
    files: list[SafeString]
    piece: SafeString
    # Of the piece: who wrote it (empty: the veteran) and when.
    author: SafeString
    written: str


def teams_of(mailbox: Mailbox) -> OwnTeams:
    """Return the teams that the mailbox has conversations with, by name."""
    own = Conversation.objects.filter(record_id__in=mailbox.record_ids).values("team_id")
    rows = CareTeam.objects.filter(id__in=own).order_by("public_name", "code")
    return {
        team_id: OwnTeam(name, zone)
        for team_id, name, zone in rows.values_list("id", "public_name", "facility__time_zone")
    }


def found_in(
    actor: Actor,
    mailbox: Mailbox,
    search_id: uuid.UUID,
    criteria: Criteria,
    teams: OwnTeams,
    *,
    shelves: Shelves | None = None,
    cursor: Cursor | None = None,
    before: int = 0,
    zone: str = "",
) -> Results[ResultRow]:
    """Return a page of what the search finds in the mailbox, and put it on record. Raises slots.Busy."""
    shelves = shelves or shelves_of(mailbox)
    viewer = times.viewer_zone(zone, _latest_zone(mailbox) if not zone else "")
    span = Span.of(criteria, viewer)
    terms = parse(criteria.words)
    names = {team_id: (team.name,) for team_id, team in teams.items()}
    look = Look(
        scopes=[scope.filter(_condition(criteria, span, shelves)) for scope in _scopes(mailbox)],
        terms=terms,
        span=span,
        name_of=lambda row: names.get(row.team_id, ()),
    )
    found, openers = run(actor, search_id, look, cursor, subject_id=actor.record_id)
    stopped = found.after.at if found.after and not found.is_full else None
    return Results(
        rows=_Showing(terms, openers, teams, shelves, zone, clock.now()).rows(found.hits),
        before=before,
        after=found.after,
        looked_back=times.day(stopped.astimezone(viewer)) if stopped else "",
    )


def _scopes(mailbox: Mailbox) -> list[QuerySet[Conversation]]:
    return [Conversation.objects.filter(record_id=record_id) for record_id in mailbox.record_ids]


def _latest_zone(mailbox: Mailbox) -> str:
    """Return the zone of the facility that the veteran heard from or wrote to last: whose days are meant."""
    latest = Conversation.objects.filter(record_id__in=mailbox.record_ids).order_by("-last_message_at", "-id")
    return latest.values_list("team__facility__time_zone", flat=True).first() or ""


def _condition(criteria: Criteria, span: Span, shelves: Shelves) -> Q:
    condition = within(span)
    if criteria.team:
        condition &= Q(team_id=criteria.team)
    if criteria.category:
        condition &= Q(category=criteria.category)
    if criteria.number is not None:
        condition &= with_number(criteria.number)
    if criteria.unread:
        condition &= Q(veteran_unread=True)
    if criteria.attachment:
        condition &= Q(has_attachment=True)
    if criteria.place:
        condition &= _in_place(criteria.place, shelves)
    return condition


def _in_place(place: str, shelves: Shelves) -> Q:
    if place == SENT:
        return Q(last_sent_at__isnull=False)
    if place == Place.INBOX:
        return Q(place=Place.INBOX) | Q(folder_id__in=shelves.strays)
    if place == Place.TRASH:
        return Q(place=Place.TRASH)
    return Q(place=Place.FOLDER, folder_id=uuid.UUID(place))


def places(shelves: Shelves) -> list[tuple[str, str]]:
    """Return the folders that a search can be confined to, as choices."""
    fixed = [(Place.INBOX.value, _("Inbox")), (SENT, _("Sent")), (Place.TRASH.value, _("Trash"))]
    return [*fixed, *((str(folder.id), folder.name) for folder in shelves.folders)]


def with_number(number: int) -> Q:
    """Return the condition for the conversation that has a message with this number."""
    return Q(id__in=Message.objects.filter(number=number).values("conversation_id"))


def within(span: Span) -> Q:
    """Return the condition for conversations with a message of the span."""
    condition = Q()
    if span.start:
        condition &= Q(last_message_at__gte=span.start)
    if span.end:
        condition &= Q(created_at__lt=span.end)
    if span.start and span.end:
        inside = Message.objects.filter(conversation=OuterRef("id"), sent_at__gte=span.start, sent_at__lt=span.end)
        condition &= Q(Exists(inside))
    return condition


@dataclass(frozen=True, slots=True)
class _Showing:
    """What all rows of a page share."""

    terms: tuple[Term, ...]
    openers: Openers
    teams: OwnTeams
    shelves: Shelves
    chosen_zone: str
    now: dt.datetime

    def rows(self, hits: list[Hit]) -> tuple[ResultRow, ...]:
        whole = Conversation.objects.in_bulk([hit.row.id for hit in hits])
        url_of = url_of_each("mailbox_conversation")
        names = {folder.id: folder.name for folder in self.shelves.folders}
        return tuple(self._row(hit, whole[hit.row.id], url_of(hit.row.id), names) for hit in hits)

    def _row(self, hit: Hit, conversation: Conversation, url: str, names: dict[uuid.UUID, str]) -> ResultRow:
        team = self.teams[hit.row.team_id]
        zone = times.viewer_zone(self.chosen_zone, team.zone)
        piece = excerpt(hit, self.terms, self.openers)
        nothing = SafeString()
        return ResultRow(
            id=conversation.id,
            url=f"{url}#m-{piece.text.id}" if piece else url,
            subject=marked(self.terms, self.openers.subject(hit.row)),
            team=marked(self.terms, team.name),
            when=times.short(conversation.last_message_at, zone, self.now),
            when_iso=conversation.last_message_at.isoformat(),
            unread=conversation.veteran_unread,
            status=status_text(conversation, zone, self.now),
            count=conversation.message_count,
            is_trashed=conversation.place == Place.TRASH,
            folder=names.get(conversation.folder_id, "") if conversation.folder_id else "",
            number=piece.number if piece else nothing,
            files=marked_files(hit, self.terms, self.openers),
            piece=piece.body if piece else nothing,
            author=piece.author if piece else nothing,
            written=times.short(instant(piece.text.micros), zone, self.now) if piece else "",
        )
