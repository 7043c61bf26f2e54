"""Who may know of which withdrawals, and what is shown of one: never the message."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet

from messaging.breakglass.officers import to_judge
from messaging.models import Message, MessageKind, SentInError, Side
from messaging.permissions import check_staff, visible_conversations
from smportal import times
from smportal.actor import Actor, ActorKind
from smportal.audit.actions import Deed
from smportal.audit.models import AuditEvent
from smportal.audit.recording import record
from smportal.errors import NotFound


def was_opened(message: Message) -> bool:
    """Tell whether the veteran has opened or taken a copy of the conversation since the message was in it."""
    return AuditEvent.objects.filter(
        object_id=str(message.conversation_id),
        object_kind="conversation",
        deed__in=(Deed.CONVERSATION_READ, Deed.EXPORTED),
        actor_kind=ActorKind.VETERAN,
        occurred_at__gte=message.sent_at,
    ).exists()


@dataclass(frozen=True, slots=True)
class ToWithdraw:
    """A message as the page that asks shows it: without its text."""

    message_id: uuid.UUID
    conversation_id: uuid.UUID
    number: int
    veteran: str
    author: str
    sent: str
    files: int
    is_withdrawn: bool


def to_withdraw(actor: Actor, message_id: uuid.UUID, *, zone: str = "") -> ToWithdraw:
    """Return a message of a team of the actor's that can be withdrawn. Raises NotFound."""
    check_staff(actor)
    sent = Message.objects.filter(side=Side.STAFF, kind=MessageKind.MESSAGE)
    own = sent.filter(conversation__in=visible_conversations(actor))
    message = own.select_related("conversation__record", "conversation__team__facility").filter(id=message_id).first()
    if message is None:
        raise NotFound
    conversation = message.conversation
    return ToWithdraw(
        message_id=message.id,
        conversation_id=conversation.id,
        number=message.number,
        veteran=conversation.record.full_name,
        author=message.author_name,
        sent=times.moment(message.sent_at, times.viewer_zone(zone, conversation.team.facility.time_zone)),
        files=message.attachment_count,
        is_withdrawn=SentInError.objects.filter(message=message).exists(),
    )


def reviewable(actor: Actor) -> QuerySet[SentInError]:
    """Return the withdrawals at facilities whose privacy officer the actor is; own ones too, which others review."""
    return to_judge(actor, SentInError.objects.all())


@dataclass(frozen=True, slots=True)
class ErrorView:
    """One withdrawal as its page shows it."""

    id: uuid.UUID
    who: str
    facility: str
    conversation_id: uuid.UUID
    number: int
    author: str
    sent: str
    withdrawn: str
    was_opened: bool
    files: int
    reason: str
    note: str
    verdict: str
    review_note: str
    reviewed: str
    reviewer: str
    is_own: bool

    @property
    def may_review(self) -> bool:
        """Whether the page takes a review: nobody judges their own."""
        return not self.is_own and not self.verdict


def read_one(*, actor: Actor, row_id: uuid.UUID, zone: str = "") -> ErrorView:
    """Return one withdrawal with its note, having recorded that the actor read it. Raises NotFound."""
    with transaction.atomic():
        found = reviewable(actor).select_related("facility", "message", "reviewed_by").filter(id=row_id).first()
        if found is None:
            raise NotFound
        record(
            actor=actor,
            deed=Deed.SENT_IN_ERROR_READ,
            subject_id=found.record_id,
            object_kind="sent_in_error",
            object_id=found.id,
        )
        return _view(actor, found, times.viewer_zone(zone, found.facility.time_zone))


def _view(actor: Actor, row: SentInError, zone: dt.tzinfo) -> ErrorView:
    message = row.message
    return ErrorView(
        id=row.id,
        who=row.by_name,
        facility=str(row.facility),
        conversation_id=row.conversation_id,
        number=message.number,
        author=message.author_name,
        sent=times.moment(message.sent_at, zone),
        withdrawn=times.moment(row.withdrawn_at, zone),
        was_opened=row.was_opened,
        files=message.attachment_count,
        reason=row.get_reason_display(),
        note=row.unseal_text("note_sealed"),
        verdict=row.get_verdict_display(),
        review_note=row.unseal_text("review_note_sealed"),
        reviewed=times.moment(row.reviewed_at, zone) if row.reviewed_at else "",
        reviewer=row.reviewed_by.username if row.reviewed_by else "",
        is_own=row.by_account_id == actor.account_id,
    )
