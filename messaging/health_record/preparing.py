"""From what was chosen to what is filed: checked, with the text as the preview shows it."""

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from django.utils import translation

from eligibility.models import StaffMember
from messaging import text
from messaging.health_record.note import Head, note_text
from messaging.mailbox.entries import Entry, entries
from messaging.models import Clinic, Conversation, Side
from messaging.permissions import check_staff
from messaging.posting import content_of
from smportal import times
from smportal.actor import Actor
from smportal.crypto.digests import digest_matches, keyed_digest
from smportal.crypto.errors import KeyUnavailableError
from smportal.errors import InvalidInput

TITLE_MOST: Final = 120
# Well below what record systems take in one request, encoded.
NOTE_MOST: Final = 400_000
_PURPOSE: Final = "record-note"


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody chose of a conversation."""

    message_ids: Collection[uuid.UUID] = ()
    title: str = ""
    clinic_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Prepared:
    """A note ready to be filed: the preview shows `title`, `clinic` and `text` as they go out."""

    title: str
    clinic: Clinic
    text: str
    author: StaffMember
    message_ids: list[uuid.UUID]
    first_sent_at: dt.datetime
    last_sent_at: dt.datetime
    content: bytes

    @property
    def digest(self) -> bytes:
        """The keyed digest of everything that is filed."""
        return keyed_digest(_PURPOSE, self.content)

    def is_what(self, digest: bytes) -> bool:
        """Tell whether a digest is of this content."""
        return digest_matches(_PURPOSE, self.content, digest)

    def was_seen(self, seen: str) -> bool:
        """Tell whether `seen`, the hexadecimal digest in a form, is of this content."""
        try:
            return self.is_what(bytes.fromhex(seen))
        except (ValueError, KeyUnavailableError):
            return False


def fileable(conversation: Conversation) -> list[Entry]:
    """Return the messages of a disclosed conversation that a note can hold, oldest first, in the facility's time.

    Internal notes are no messages; one that was withdrawn as sent in error does not belong into this veteran's
    record. In English whatever the reader's language: it is the record's.
    """
    with translation.override("en"):
        shown = entries(conversation, side=Side.STAFF, zone=_zone(conversation), you=conversation.record.full_name)
    return [entry for entry in shown if not entry.in_error]


def _zone(conversation: Conversation) -> dt.tzinfo:
    return times.zone_named(conversation.team.facility.time_zone)


def clinics_of(conversation: Conversation) -> list[Clinic]:
    """Return the clinics where notes of a conversation's facility can be filed."""
    return list(Clinic.objects.filter(facility_id=conversation.team.facility_id, is_active=True))


def prepare(actor: Actor, conversation: Conversation, choice: Choice) -> Prepared:
    """Return the note that a choice makes. Raises InvalidInput, with all that is wrong.

    The conversation comes with its team, facility and veteran, and the actor may see it.
    """
    problems: list[InvalidInput] = []
    title, clinic, chosen = "", None, list[Entry]()
    try:
        title = text.clean_line(choice.title, field="title", label="A title", most=TITLE_MOST)
    except InvalidInput as problem:
        problems.append(problem)
    if choice.clinic_id is not None:
        clinic = next((each for each in clinics_of(conversation) if each.id == choice.clinic_id), None)
    if clinic is None:
        problems.append(InvalidInput("Choose a clinic", code="empty", field="clinic"))
    try:
        chosen = _chosen(conversation, choice)
    except InvalidInput as problem:
        problems.append(problem)
    if problems or clinic is None:
        problems[0].others = tuple(problems[1:])
        raise problems[0]
    return _prepared(actor, conversation, title, clinic, chosen)


def _chosen(conversation: Conversation, choice: Choice) -> list[Entry]:
    wanted = set(choice.message_ids)
    chosen = [entry for entry in fileable(conversation) if entry.id in wanted]
    if not chosen:
        raise InvalidInput("Choose at least one message", code="empty", field="messages")
    if len(chosen) != len(wanted):
        raise InvalidInput(
            "A message that you chose can’t be saved. Look at your choice again.", code="not_there", field="messages"
        )
    return chosen


def _prepared(actor: Actor, conversation: Conversation, title: str, clinic: Clinic, chosen: list[Entry]) -> Prepared:
    author = StaffMember.objects.get(id=check_staff(actor))
    with translation.override("en"):
        whole = note_text(_head(conversation, author, title, clinic), chosen)
    if len(whole.encode()) > NOTE_MOST:
        raise InvalidInput("The note is too long. Choose fewer messages.", code="too_long", field="messages")
    ids = [entry.id for entry in chosen]
    return Prepared(
        title=title,
        clinic=clinic,
        text=whole,
        author=author,
        message_ids=ids,
        first_sent_at=dt.datetime.fromisoformat(chosen[0].sent_iso),
        last_sent_at=dt.datetime.fromisoformat(chosen[-1].sent_iso),
        content=content_of(
            *(str(each) for each in (conversation.id, clinic.id, author.id, author.name, author.title, *ids)),
            title,
            whole,
        ),
    )


def _head(conversation: Conversation, author: StaffMember, title: str, clinic: Clinic) -> Head:
    facility = conversation.team.facility
    return Head(
        title=title,
        veteran=conversation.record.full_name,
        team=conversation.team.internal_name,
        facility=f"{facility.name} ({facility.station_number})",
        clinic=clinic.name,
        category=conversation.get_category_display(),
        subject=conversation.unseal_text("subject_sealed"),
        number=conversation.number,
        author=", ".join(part for part in (author.name, author.title) if part),
        zone=facility.time_zone.replace("_", " "),
    )
