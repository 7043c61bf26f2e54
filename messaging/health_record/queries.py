"""What pages show of notes for the health record. Reads start from what the actor may see."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from messaging import keyset
from messaging.health_record import reasons
from messaging.keyset import Cursor, Page
from messaging.models import Conversation, NoteState, RecordNote, SentInError
from messaging.permissions import check_staff, visible_conversations
from smportal import clock, times
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import NotFound

TO_DEAL_WITH = (NoteState.FAILED, NoteState.WAITING)


@dataclass(frozen=True, slots=True)
class NoteRow:
    """A note in a list, or on its conversation's page. `reason` is why it was not filed (yet), in words."""

    id: uuid.UUID
    url: str
    veteran: str
    number: int
    clinic: str
    author: str
    state: str
    state_text: str
    written: str
    written_iso: str
    since: str
    reason: str

    @property
    def is_failed(self) -> bool:
        """Whether somebody has to deal with it."""
        return self.state == NoteState.FAILED


@dataclass(frozen=True, slots=True)
class OpenedNote:
    """One note with its content, on its own page."""

    row: NoteRow
    conversation: Conversation
    title: str
    text: str
    advice: str
    may_be_there: bool
    # A message of it was withdrawn as sent in error after the note was written.
    has_withdrawn: bool
    external_id: str
    attempts: int
    next_attempt: str
    dismissed_by: str
    dismissal: str
    message_ids: tuple[uuid.UUID, ...]
    clinic_id: uuid.UUID


def notes_of(conversation: Conversation, *, zone: dt.tzinfo) -> list[NoteRow]:
    """Return the notes of a conversation that the staff actor has opened, the newest first; mostly none."""
    if not conversation.has_record_notes:
        return []
    found = _rows().filter(conversation=conversation).order_by("-written_at", "-id")
    return [_row(note, zone) for note in found]


def notes_to_deal_with(actor: Actor, cursor: Cursor | None, *, chosen_zone: str) -> Page[NoteRow]:
    """Return notes of the actor's teams that failed or wait, the oldest first; which ones were shown is on record."""
    check_staff(actor)
    visible = _rows().filter(conversation__in=visible_conversations(actor), state__in=TO_DEAL_WITH)
    page = keyset.fetch([visible], field="written_at", descending=False, cursor=cursor)
    if page.rows:
        record(
            actor=actor,
            deed=Deed.LIST_SHOWN,
            object_kind="queue",
            object_id="health-record",
            details={"conversations": list(dict.fromkeys(str(note.conversation_id) for note in page.rows))},
        )
    return keyset.mapped(page, lambda note: _row(note, _zone(note.conversation, chosen_zone)))


def open_note(*, actor: Actor, note_id: uuid.UUID, chosen_zone: str) -> OpenedNote:
    """Return one note of the actor's teams with its content; reading it is on record. Raises NotFound."""
    check_staff(actor)
    with transaction.atomic():
        note = _rows().filter(id=note_id, conversation__in=visible_conversations(actor)).first()
        if note is None:
            raise NotFound
        record(
            actor=actor,
            deed=Deed.RECORD_NOTE_READ,
            subject_id=note.record_id,
            object_kind="record_note",
            object_id=note.id,
            details={"conversation": str(note.conversation_id)},
        )
    zone = _zone(note.conversation, chosen_zone)
    return OpenedNote(
        row=_row(note, zone),
        conversation=note.conversation,
        title=note.unseal_text("title_sealed"),
        text=note.unseal_text("text_sealed"),
        advice=reasons.advice(note.last_error) if note.state == NoteState.FAILED else "",
        may_be_there=note.may_be_there,
        has_withdrawn=SentInError.objects.filter(message_id__in=note.message_ids).exists(),
        external_id=note.external_id,
        attempts=note.attempts,
        next_attempt=times.moment(note.next_attempt_at, zone) if note.next_attempt_at > clock.now() else "",
        dismissed_by=note.dismissed_by.name if note.dismissed_by else "",
        dismissal=note.unseal_text("dismissal_sealed"),
        message_ids=tuple(note.message_ids),
        clinic_id=note.clinic_id,
    )


def _rows() -> QuerySet[RecordNote]:
    return RecordNote.objects.select_related(
        "conversation__record", "conversation__team__facility", "clinic", "dismissed_by"
    )


def _zone(conversation: Conversation, chosen: str) -> dt.tzinfo:
    return times.viewer_zone(chosen, conversation.team.facility.time_zone)


def _row(note: RecordNote, zone: dt.tzinfo) -> NoteRow:
    since = {NoteState.FILED: note.filed_at, NoteState.DISMISSED: note.dismissed_at}.get(NoteState(note.state))
    return NoteRow(
        id=note.id,
        url=reverse("record_note", args=[note.id]),
        veteran=note.conversation.record.full_name,
        number=note.conversation.number,
        clinic=note.clinic.name,
        author=note.author_name,
        state=note.state,
        state_text=note.get_state_display(),
        written=times.moment(note.written_at, zone),
        written_iso=note.written_at.isoformat(),
        since=times.moment(since, zone) if since else "",
        reason=reasons.why(note.last_error) if note.state in TO_DEAL_WITH else "",
    )
