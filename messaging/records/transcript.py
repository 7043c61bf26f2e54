"""A whole conversation as a document: what the print view, the PDF, the text file and the archive all show."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from messaging.attachments.queries import FileInfo
from messaging.disclosure import disclose
from messaging.guided import Shown
from messaging.library.cards import Card
from messaging.mailbox.continuing import Reference, references_among
from messaging.mailbox.entries import Entry, entries
from messaging.models import Conversation, Side
from messaging.permissions import visible_conversations
from messaging.signing import SignedAs
from smportal import clock, times
from smportal.actor import Actor

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Said:
    """One message, its parts in the order in which they are read; `after` is what happened before the next one."""

    author: str
    sent: str
    # Lines such as its number and its receipt.
    about: tuple[str, ...] = ()
    guided: Shown | None = None
    body: str = ""
    signature: str = ""
    legal: SignedAs | None = None
    cards: tuple[Card, ...] = ()
    files: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    @property
    def legal_facts(self) -> Pairs:
        """Return the legal signature as pairs of term and text: who, what was certified, when."""
        if self.legal is None:
            return ()
        return (
            (_("Signed by"), self.legal.name),
            (_("Certified"), self.legal.statement),
            (_("Signed on"), self.sent),
        )


@dataclass(frozen=True, slots=True)
class Transcript:
    """Everything that was said, oldest first. `facts` are pairs of term and text."""

    conversation_id: uuid.UUID
    number: int
    subject: str
    facts: Pairs
    messages: tuple[Said, ...]


def take_copy(*, actor: Actor, conversation_id: uuid.UUID, purpose: str, zone: str = "") -> Transcript:
    """Return an own conversation as a document, on record as exported for `purpose`. Raises NotFound.

    For a POST only: it discloses. `zone` is the one that the veteran chose.
    """
    conversation = disclose(actor=actor, conversation_id=conversation_id, purpose=purpose)
    return transcript_of(conversation, readable=visible_conversations(actor), zone=zone)


def transcript_of(
    conversation: Conversation,
    *,
    readable: QuerySet[Conversation],
    zone: str = "",
    saved_as: Mapping[uuid.UUID, str] | None = None,
) -> Transcript:
    """Return a disclosed conversation, with its team and veteran fetched, as a document.

    `readable` are all conversations of the one who gets it: others are not named. In an archive, `saved_as` says
    where the files lie beside the document.
    """
    veteran = conversation.record.full_name
    shown_zone = times.viewer_zone(zone, conversation.team.facility.time_zone)
    said = entries(conversation, side=Side.VETERAN, zone=shown_zone, you=veteran)
    return Transcript(
        conversation_id=conversation.id,
        number=conversation.number,
        subject=conversation.unseal_text("subject_sealed"),
        facts=(
            (_("Veteran"), veteran),
            (_("Care team"), f"{conversation.team.public_name}, {conversation.team.facility.name}"),
            (_("Category"), conversation.get_category_display()),
            (_("Message number"), str(conversation.number)),
            *(
                [(_("Answer due by"), times.weekday_moment(conversation.due_at, shown_zone))]
                if conversation.due_at
                else ()
            ),
            *_references(conversation, readable),
            (_("This copy was made"), times.moment(clock.now(), shown_zone)),
        ),
        messages=tuple(_said(entry, saved_as) for entry in said),
    )


def _references(conversation: Conversation, readable: QuerySet[Conversation]) -> Iterator[tuple[str, str]]:
    found = references_among(readable, conversation, "mailbox_conversation")
    if found.earlier:
        term = _("Copy of a message to") if found.earlier.is_copy else _("Continues your conversation with")
        yield term, _named(found.earlier)
    for later in found.later:
        yield _("Copy sent to") if later.is_copy else _("Continued with"), _named(later)


def _named(reference: Reference) -> str:
    return _("%(team)s, message number %(number)s") % {"team": reference.team, "number": reference.number}


def _said(entry: Entry, saved_as: Mapping[uuid.UUID, str] | None) -> Said:
    return Said(
        author=f"{entry.author}, {entry.author_title}" if entry.author_title else entry.author,
        sent=entry.sent,
        about=tuple(_about(entry)),
        guided=entry.guided,
        body=entry.body,
        signature=entry.signature,
        legal=entry.legal,
        cards=entry.cards,
        files=tuple(_file_line(info, saved_as) for info in entry.files),
        after=tuple(_after(entry)),
    )


def _about(entry: Entry) -> Iterator[str]:
    yield _("Message number %(number)s") % {"number": entry.number}
    if entry.is_automatic:
        yield _("Automatic reply")
    if entry.opened:
        yield _("Opened by the care team on %(when)s") % {"when": entry.opened}
    elif entry.is_mine:
        yield _("Delivered")


def _after(entry: Entry) -> Iterator[str]:
    if entry.withdrawn:
        yield _("On %(when)s, the veteran said that no answer is needed any more") % {"when": entry.withdrawn}
    for move in entry.moves:
        names = {"when": move.when, "before": move.from_team, "after": move.to_team}
        yield _("On %(when)s, %(before)s passed this conversation on to %(after)s.") % names


def _file_line(info: FileInfo, saved_as: Mapping[uuid.UUID, str] | None) -> str:
    """Return one file in a line: its name, what it is, where it lies, and, unless it was delivered, why not."""
    about = ", ".join(part for part in (info.kind_label, info.size_text) if part)
    line = f"{info.name} ({about})"
    if info.is_ready and saved_as is None:
        return line
    if info.is_ready and saved_as is not None:
        return f"{line}: {saved_as[info.id]}" if info.id in saved_as else f"{line}. {_('Not in this copy')}"
    return f"{line}. {_('Not delivered:')} {info.state_text}" if info.is_refused else f"{line}. {info.state_text}"
