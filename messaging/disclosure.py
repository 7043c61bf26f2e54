"""Opening a conversation: the one read that writes, because every disclosure is on record.

No audit row, no disclosure: both are in one transaction. Never called for HEAD or a prefetch.
"""

import uuid

from django.db import transaction

from messaging.models import Conversation, Message, MessageOpening, Side
from messaging.permissions import check_staff, visible_conversations
from smportal import clock
from smportal.actor import Actor, ActorKind
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import NotFound


def disclose(*, actor: Actor, conversation_id: uuid.UUID, purpose: str = "read") -> Conversation:
    """Return the conversation with its team and veteran, having recorded that the actor saw it.

    A veteran's reading clears the unread mark; staff's first view of each message is its receipt.
    Raises NotFound for what does not exist and for what is not the actor's (that is on record too).
    """
    with transaction.atomic():
        conversation = _disclose(actor, conversation_id, purpose)
    if conversation is None:
        _record_denied(actor, conversation_id)
        raise NotFound
    return conversation


def _disclose(actor: Actor, conversation_id: uuid.UUID, purpose: str) -> Conversation | None:
    conversation = (
        visible_conversations(actor)
        .select_related("team__facility", "record__account", "assignee")
        .filter(id=conversation_id)
        .first()
    )
    if conversation is None:
        return None
    record(
        actor=actor,
        deed=Deed.CONVERSATION_READ if purpose == "read" else Deed.EXPORTED,
        subject_id=conversation.record_id,
        object_kind="conversation",
        object_id=conversation.id,
        reason=purpose,
    )
    if actor.kind is ActorKind.STAFF:
        _receipts(actor, conversation)
    elif conversation.veteran_unread:
        Conversation.objects.filter(id=conversation.id).update(veteran_unread=False)
        conversation.veteran_unread = False
    return conversation


def _receipts(actor: Actor, conversation: Conversation) -> None:
    """Record the first view of each of the veteran's messages by this staff member."""
    reader = check_staff(actor)
    unopened = Message.objects.filter(conversation=conversation, side=Side.VETERAN).exclude(openings__staff_id=reader)
    now = clock.now()
    MessageOpening.objects.bulk_create(
        [
            MessageOpening(message_id=message_id, staff_id=reader, opened_at=now)
            for message_id in unopened.order_by("sent_at").values_list("id", flat=True)
        ],
        ignore_conflicts=True,
    )
    if conversation.team_unread:
        Conversation.objects.filter(id=conversation.id).update(team_unread=False)
        conversation.team_unread = False


def _record_denied(actor: Actor, conversation_id: uuid.UUID) -> None:
    # Recorded only when the thing exists: a mistyped id is not an attempt on somebody's conversation.
    owner = Conversation.objects.filter(id=conversation_id).values_list("record_id", flat=True).first()
    if owner is not None:
        record(actor=actor, deed=Deed.DENIED, subject_id=owner, object_kind="conversation", object_id=conversation_id)
