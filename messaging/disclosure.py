"""Opening a conversation: the one read that writes, because every disclosure is on record.

No audit row, no disclosure: both are in one transaction. Never called for HEAD or a prefetch.
"""

import uuid

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from messaging.models import Conversation, OwnReminder
from messaging.permissions import Reach, check_staff, reach_of
from smportal import clock
from smportal.actor import Actor, ActorKind
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import NotFound


def disclose(
    *, actor: Actor, conversation_id: uuid.UUID, purpose: str = "read", reach: Reach | None = None
) -> Conversation:
    """Return the conversation with its team and veteran, having recorded that the actor saw it.

    A veteran's reading clears the unread mark; staff's first view of each message is its receipt. `reach` is the
    actor's, if it is at hand already.
    Raises NotFound for what does not exist and for what is not the actor's (that is on record too).
    """
    with transaction.atomic():
        conversation = _disclose(actor, conversation_id, purpose, reach or reach_of(actor))
    if conversation is None:
        _record_denied(actor, conversation_id)
        raise NotFound
    return conversation


def _disclose(actor: Actor, conversation_id: uuid.UUID, purpose: str, reach: Reach) -> Conversation | None:
    found = reach.conversations().select_related("team__facility", "record__account", "assignee")
    if actor.kind is ActorKind.STAFF:
        own = OwnReminder.objects.filter(conversation=OuterRef("id"), staff_id=actor.staff_id, ended_at=None)
        found = found.annotate(has_own_reminder=Exists(own))
    conversation = found.filter(id=conversation_id).first()
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


# The first view of each of the veteran's messages by this member, and with it the team's mark, in one statement.
_RECEIPTS = """
WITH opened AS (
    INSERT INTO messaging_messageopening (message_id, staff_id, opened_at)
    SELECT m.id, %(reader)s, %(now)s FROM messaging_message m
    WHERE m.conversation_id = %(conversation)s AND m.side = 'veteran' AND NOT EXISTS (
        SELECT FROM messaging_messageopening o WHERE o.message_id = m.id AND o.staff_id = %(reader)s
    )
    ORDER BY m.sent_at, m.id
    ON CONFLICT DO NOTHING
)
UPDATE messaging_conversation SET team_unread = false WHERE id = %(conversation)s AND team_unread
"""


def _receipts(actor: Actor, conversation: Conversation) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_RECEIPTS, {"reader": check_staff(actor), "now": clock.now(), "conversation": conversation.id})
    conversation.team_unread = False


def _record_denied(actor: Actor, conversation_id: uuid.UUID) -> None:
    # Recorded only when the thing exists: a mistyped id is not an attempt on somebody's conversation.
    owner = Conversation.objects.filter(id=conversation_id).values_list("record_id", flat=True).first()
    if owner is not None:
        record(actor=actor, deed=Deed.DENIED, subject_id=owner, object_kind="conversation", object_id=conversation_id)
