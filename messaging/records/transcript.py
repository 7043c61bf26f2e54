"""A whole conversation as a document: what the print view, the PDF and the text file all show."""

import uuid
from dataclasses import dataclass

from django.utils.translation import gettext as _

from messaging.disclosure import disclose
from messaging.mailbox.queries import Entry, entries
from messaging.models import Conversation, Side
from smportal import clock, times
from smportal.actor import Actor


@dataclass(frozen=True, slots=True)
class Said:
    """One message. `about` are lines such as its number and its receipt."""

    author: str
    sent: str
    about: tuple[str, ...]
    body: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """Everything that was said, oldest first. `facts` are pairs of term and text."""

    conversation_id: uuid.UUID
    number: int
    subject: str
    facts: tuple[tuple[str, str], ...]
    messages: tuple[Said, ...]


def take_copy(*, actor: Actor, conversation_id: uuid.UUID, purpose: str, zone: str = "") -> Transcript:
    """Return an own conversation as a document, on record as exported for `purpose`. Raises NotFound.

    For a POST only: it discloses. `zone` is the one that the veteran chose.
    """
    return transcript_of(disclose(actor=actor, conversation_id=conversation_id, purpose=purpose), zone=zone)


def transcript_of(conversation: Conversation, *, zone: str = "") -> Transcript:
    """Return a disclosed conversation, with its team and veteran fetched, as a document."""
    team, shown_zone = conversation.team, times.viewer_zone(zone, conversation.team.facility.time_zone)
    veteran = conversation.record.full_name
    facts = [
        (_("Veteran"), veteran),
        (_("Care team"), f"{team.public_name}, {team.facility.name}"),
        (_("Category"), conversation.get_category_display()),
        (_("Message number"), str(conversation.number)),
        (_("This copy was made"), times.moment(clock.now(), shown_zone)),
    ]
    if conversation.continues is not None:
        facts.insert(-1, (_("Refers to message number"), str(conversation.continues.number)))
    said = entries(conversation, side=Side.VETERAN, zone=shown_zone, you=veteran)
    return Transcript(
        conversation_id=conversation.id,
        number=conversation.number,
        subject=conversation.unseal_text("subject_sealed"),
        facts=tuple(facts),
        messages=tuple(_said(entry) for entry in said),
    )


def _said(entry: Entry) -> Said:
    about = [_("Message number %(number)s") % {"number": entry.number}]
    if entry.is_automatic:
        about.append(_("Automatic reply"))
    if entry.opened:
        about.append(_("Opened by the care team on %(when)s") % {"when": entry.opened})
    elif entry.is_mine:
        about.append(_("Delivered"))
    if entry.withdrawn:
        about.append(_("On %(when)s, the veteran said that no answer is needed any more") % {"when": entry.withdrawn})
    author = f"{entry.author}, {entry.author_title}" if entry.author_title else entry.author
    return Said(author=author, sent=entry.sent, about=tuple(about), body=entry.body)
