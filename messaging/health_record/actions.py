"""What staff do with notes for the health record. Each action is one transaction; filing is `relay`."""

import uuid
from typing import Final

from django.db import transaction

from eligibility.holds import hold_member
from eligibility.permissions import check_may_administer
from messaging import text
from messaging.disclosure import disclose
from messaging.health_record.preparing import Choice, Prepared, prepare
from messaging.health_record.relaying import relay
from messaging.models import Conversation, NoteState, RecordNote
from messaging.permissions import check_staff, visible_conversations
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import Conflict, NotFound

__all__ = ["administer_again", "change", "dismiss", "preview", "relay", "send", "try_again"]

REASON_MOST: Final = 500


def preview(*, actor: Actor, conversation_id: uuid.UUID, choice: Choice) -> Prepared:
    """Return the note as it would be filed; reading it is on record. Raises NotFound, InvalidInput."""
    check_staff(actor)
    return prepare(actor, disclose(actor=actor, conversation_id=conversation_id), choice)


@transaction.atomic
def send(*, actor: Actor, conversation_id: uuid.UUID, note_id: uuid.UUID, choice: Choice, seen: str) -> RecordNote:
    """Owe the health record a note, once for each `note_id`, and return it.

    `seen` is the digest that the preview carried: another text is never filed unseen. Raises NotFound,
    InvalidInput, Conflict ("changed" when the note is not the one that was seen any more).
    """
    conversation = _locked(actor, conversation_id)
    prepared = prepare(actor, conversation, choice)
    if earlier := RecordNote.objects.filter(id=note_id).first():
        if earlier.conversation_id == conversation_id and prepared.is_what(bytes(earlier.content_digest)):
            return earlier
        raise Conflict("This note was sent already. What you sent now was not.", code="already_sent")
    _check_seen(prepared, seen)
    note = RecordNote(id=note_id, conversation=conversation, record_id=conversation.record_id)
    _fill(note, prepared)
    note.save(force_insert=True)
    if not conversation.has_record_notes:
        conversation.has_record_notes = True
        conversation.save(update_fields=["has_record_notes"])
    _record(actor, Deed.RECORD_NOTE_WRITTEN, note)
    return note


@transaction.atomic
def change(*, actor: Actor, note_id: uuid.UUID, choice: Choice, seen: str) -> RecordNote:
    """Put another content into a note that was refused, and owe it anew, under a new document id.

    Raises what `send` does, and Conflict where the health record may have the note as it was.
    """
    note = _failed(actor, note_id)
    if note.may_be_there:
        raise Conflict(MAY_BE_THERE, code="may_be_there")
    prepared = prepare(actor, note.conversation, choice)
    _check_seen(prepared, seen)
    _fill(note, prepared)
    note.document_id = uuid.uuid4()
    note.save()
    _record(actor, Deed.RECORD_NOTE_CHANGED, note)
    return note


MAY_BE_THERE: Final = (
    "An earlier try may have reached the health record, so this note can’t be changed now."
    " Try again as it is: it can’t be filed twice."
)


@transaction.atomic
def try_again(*, actor: Actor, note_id: uuid.UUID) -> RecordNote:
    """Owe a failed note anew as it is, for two more days. Raises NotFound, Conflict for one that did not fail."""
    return _owe_again(actor, _failed(actor, note_id))


@transaction.atomic
def administer_again(*, actor: Actor, note_id: uuid.UUID) -> RecordNote:
    """Do what `try_again` does, for the facility's administrator, who sees nothing of the note.

    Raises NotFound, Refused outside of the actor's facilities, Conflict for one that did not fail.
    """
    note = (
        RecordNote.objects.select_for_update(of=("self",))
        .select_related("conversation__team")
        .filter(id=note_id)
        .first()
    )
    if note is None:
        raise NotFound
    check_may_administer(actor, note.conversation.team.facility_id)
    _check_failed(note)
    return _owe_again(actor, note)


@transaction.atomic
def dismiss(*, actor: Actor, note_id: uuid.UUID, reason: str) -> RecordNote:
    """Give up a failed note, with a reason that stays with it. Raises NotFound, Conflict, InvalidInput."""
    clean = text.clean_text(reason, field="reason", label="A reason", most=REASON_MOST)
    note = _failed(actor, note_id)
    note.state = NoteState.DISMISSED
    note.dismissed_at = clock.now()
    note.dismissed_by_id = check_staff(actor)
    note.seal_text("dismissal_sealed", clean)
    note.save(update_fields=["state", "dismissed_at", "dismissed_by", "dismissal_sealed"])
    _record(actor, Deed.RECORD_NOTE_DISMISSED, note)
    return note


def _locked(actor: Actor, conversation_id: uuid.UUID) -> Conversation:
    """Return a conversation of the actor's teams, locked, which the actor works in until the end. Raises NotFound."""
    staff_id = check_staff(actor)
    conversation = (
        visible_conversations(actor)
        .select_related("team__facility", "record")
        .select_for_update(of=("self",))
        .filter(id=conversation_id)
        .first()
    )
    if conversation is None or not hold_member(staff_id, conversation.team_id):
        raise NotFound
    return conversation


def _failed(actor: Actor, note_id: uuid.UUID) -> RecordNote:
    """Return a failed note of the actor's teams, locked with its conversation. Raises NotFound, Conflict."""
    check_staff(actor)
    conversation_id = RecordNote.objects.filter(id=note_id).values_list("conversation_id", flat=True).first()
    if conversation_id is None:
        raise NotFound
    conversation = _locked(actor, conversation_id)
    note = RecordNote.objects.select_for_update().get(id=note_id)
    _check_failed(note)
    note.conversation = conversation
    return note


def _check_failed(note: RecordNote) -> None:
    if note.state != NoteState.FAILED:
        raise Conflict(
            f"This note is not to be dealt with any more. It is: {note.get_state_display().lower()}.",
            code="not_failed",
        )


def _check_seen(prepared: Prepared, seen: str) -> None:
    if not prepared.was_seen(seen):
        raise Conflict(
            "The note is not the same as in your preview any more. Look at it again before you send it.",
            code="changed",
        )


def _fill(note: RecordNote, prepared: Prepared) -> None:
    note.clinic = prepared.clinic
    note.author_staff = prepared.author
    note.author_name, note.author_title = prepared.author.name, prepared.author.title
    note.message_ids = prepared.message_ids
    note.first_sent_at, note.last_sent_at = prepared.first_sent_at, prepared.last_sent_at
    note.content_digest = prepared.digest
    note.seal_text("title_sealed", prepared.title)
    note.seal_text("text_sealed", prepared.text)
    _owe(note)
    note.written_at = note.owed_since


def _owe(note: RecordNote) -> None:
    now = clock.now()
    note.state, note.attempts, note.last_error = NoteState.WAITING, 0, ""
    note.next_attempt_at = note.owed_since = now


def _owe_again(actor: Actor, note: RecordNote) -> RecordNote:
    _owe(note)
    note.save(update_fields=["state", "attempts", "next_attempt_at", "owed_since", "last_error"])
    _record(actor, Deed.RECORD_NOTE_TRIED_AGAIN, note)
    return note


def _record(actor: Actor, deed: Deed, note: RecordNote) -> None:
    record(
        actor=actor,
        deed=deed,
        subject_id=note.record_id,
        object_kind="record_note",
        object_id=note.id,
        details={
            "conversation": str(note.conversation_id),
            "document": str(note.document_id),
            "messages": [str(message_id) for message_id in note.message_ids],
            "clinic": str(note.clinic_id),
        },
    )
