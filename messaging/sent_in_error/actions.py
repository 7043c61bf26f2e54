"""Withdrawing a message from the veteran's view, and reviewing that it was. Each action is one transaction."""

import logging
import uuid

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import language
from accounts.models import Account
from eligibility.models import StaffMember
from eligibility.reaching import account_ids_of
from messaging.breakglass.officers import officers_to_tell
from messaging.inbox import actions as inbox
from messaging.inbox.states import back_to_work, came
from messaging.models import (
    Conversation,
    ErrorReason,
    ErrorVerdict,
    Message,
    MessageKind,
    NotificationKind,
    SentInError,
    Side,
)
from messaging.notifications.actions import notify
from messaging.permissions import check_staff
from messaging.records.archive.actions import forget_conversation
from messaging.response.answer_withdrawn import answer_withdrawn
from messaging.reviewing import NOTE_MOST, Review
from messaging.sent_in_error.queries import reviewable, was_opened
from messaging.text import clean_text
from messaging.workflow import Event, may
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record, record_many
from smportal.errors import InvalidInput, NotFound

logger = logging.getLogger(__name__)


@transaction.atomic
def withdraw(*, actor: Actor, message_id: uuid.UUID, reason: str, note: str = "") -> SentInError:
    """Take a message of the team out of the veteran's view, for good; withdrawn twice, it is withdrawn once.

    It stays for staff, with who and when. The privacy officers are told. Where it had answered the veteran, the
    clock is judged again. Raises NotFound for what is no message of a team of the actor's, InvalidInput for
    `reason` and `note`.
    """
    conversation, message = _locked(actor, message_id)
    if earlier := SentInError.objects.filter(message=message).first():
        return earlier
    if reason not in ErrorReason.values:
        raise InvalidInput("Choose why you withdraw it", code="empty", field="reason")
    if note.strip() or reason == ErrorReason.OTHER:
        note = clean_text(note, field="note", label="A note", most=NOTE_MOST)
    row = _row(actor, conversation, message, reason, note.strip())
    row.save(force_insert=True)
    _tell_lists(conversation)
    forget_conversation(actor=actor, conversation=conversation)
    if answer_withdrawn(actor=actor, conversation=conversation, message=message):
        _back_to_work(actor, conversation)
    _told(actor, row)
    return row


def _locked(actor: Actor, message_id: uuid.UUID) -> tuple[Conversation, Message]:
    sent = Message.objects.filter(id=message_id, side=Side.STAFF, kind=MessageKind.MESSAGE)
    message = sent.first()
    if message is None:
        raise NotFound
    return inbox.locked(actor, message.conversation_id), message


def _row(actor: Actor, conversation: Conversation, message: Message, reason: str, note: str) -> SentInError:
    staff_id = check_staff(actor)
    if actor.account_id is None:
        raise NotFound
    row = SentInError(
        message=message,
        conversation=conversation,
        record_id=conversation.record_id,
        facility_id=conversation.team.facility_id,
        by_account_id=actor.account_id,
        by_staff_id=staff_id,
        by_name=StaffMember.objects.values_list("name", flat=True).get(id=staff_id),
        reason=reason,
        was_opened=was_opened(message),
        withdrawn_at=clock.now(),
    )
    if note:
        row.seal_text("note_sealed", note)
    if conversation.started_by == Side.STAFF and conversation.number == message.number:
        _hide_subject(conversation, row)
    return row


def _hide_subject(conversation: Conversation, row: SentInError) -> None:
    """Call a conversation that began with the message something neutral; what it was called is kept for staff."""
    row.seal_text("subject_sealed", conversation.unseal_text("subject_sealed"))
    readers = Account.objects.filter(id__in=account_ids_of(conversation.record_id))
    with translation.override(language.of(reader) if (reader := readers.first()) else "en"):
        conversation.seal_text("subject_sealed", _("Withdrawn message"))
    conversation.save(update_fields=["subject_sealed"])


def _tell_lists(conversation: Conversation) -> None:
    """The veteran's lists and filters say "with files" only while one is there to see; staff see files by message."""
    left = Message.objects.filter(conversation=conversation, attachment_count__gt=0, sent_in_error__isnull=True)
    if conversation.has_attachment and not left.exists():
        conversation.has_attachment = False
        conversation.save(update_fields=["has_attachment"])


def _back_to_work(actor: Actor, conversation: Conversation) -> None:
    """The veteran waits for an answer again: before the assignee while still a member, else before the team."""
    if not may(conversation.state, Event.RETRACT, assigned=True):
        return
    record_many(actor=actor, events=back_to_work(conversation, Event.RETRACT))
    came(actor, conversation)
    conversation.save(update_fields=["state", "assignee", "completed_at", "outcome", "came_at", "came_by"])


def _told(actor: Actor, row: SentInError) -> None:
    told = officers_to_tell(row.facility_id, but=row.by_account_id)
    if not told:
        logger.error("security alert: no privacy officer to tell", extra={"event": "nobody_to_tell"})
    notify(
        kind=NotificationKind.SENT_IN_ERROR,
        recipient_ids=told,
        cause_id=row.id,
        conversation_id=row.conversation_id,
    )
    record(
        actor=actor,
        deed=Deed.SENT_IN_ERROR,
        subject_id=row.record_id,
        object_kind="message",
        object_id=row.message_id,
        reason=row.reason,
        details={"conversation": str(row.conversation_id), "opened": row.was_opened, "told": len(told)},
    )


REVIEW = Review(
    deed=Deed.SENT_IN_ERROR_REVIEWED,
    object_kind="sent_in_error",
    verdicts=ErrorVerdict.values,
    needs_note=ErrorVerdict.INCIDENT,
    nothing_chosen="Choose what you decided.",
    own="Another person must review this: you withdrew it yourself.",
)


def review(*, actor: Actor, row_id: uuid.UUID, verdict: str, note: str) -> SentInError:
    """Judge a withdrawal as its facility's privacy officer. Raises what Review.judge does."""
    return REVIEW.judge(reviewable(actor), row_id, actor=actor, verdict=verdict, note=note)
