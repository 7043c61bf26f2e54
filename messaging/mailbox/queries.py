"""What a veteran sees of messages. Everything starts from the actor's own conversations.

Dates and names are formatted here, once per row: template filters cost more than the query.
"""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.utils.translation import gettext as _

from messaging.models import Conversation, Draft, Message, Side, State
from messaging.models.conversation import Outcome
from messaging.permissions import Reach, check_veteran, reach_of, visible_conversations
from smportal import times
from smportal.actor import Actor
from smportal.errors import NotFound


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Whose mailbox: the veteran's record and those merged into it. Only `mailbox_of` makes one."""

    record_ids: tuple[uuid.UUID, ...]


def mailbox_of(actor: Actor, reach: Reach | None = None) -> Mailbox:
    """Return the actor's own mailbox; `reach` is the actor's, if it is at hand already.

    Raises NotFound for anybody who may not read one.
    """
    check_veteran(actor)
    return Mailbox((reach or reach_of(actor)).record_ids)


def status_text(conversation: Conversation, zone: dt.tzinfo, now: dt.datetime) -> str:
    """Return where the conversation stands, in the veteran's words."""
    if conversation.due_at is not None:
        if conversation.due_at <= now:
            return _("Answer overdue")
        return _("Answer due by %(when)s") % {"when": times.weekday_moment_soon(conversation.due_at, zone, now)}
    if conversation.last_from == Side.STAFF:
        return _("Answered") if conversation.started_by == Side.VETERAN else _("From your care team")
    if conversation.state == State.COMPLETED:
        return _("No answer needed") if conversation.outcome == Outcome.WITHDRAWN else _("Closed by your care team")
    return _("Delivered")


def own_message(actor: Actor, message_id: uuid.UUID) -> Message:
    """Return a message that the veteran sent, with its conversation and team. Raises NotFound."""
    message = (
        Message.objects.select_related("conversation__team__facility")
        .filter(id=message_id, side=Side.VETERAN, conversation__in=visible_conversations(actor))
        .first()
    )
    if message is None:
        raise NotFound
    return message


def sent_from(actor: Actor, draft_id: uuid.UUID) -> uuid.UUID | None:
    """Return the message that a draft of the veteran's became, or None."""
    own = Message.objects.filter(side=Side.VETERAN, conversation__in=visible_conversations(actor))
    return own.filter(draft_id=draft_id).values_list("id", flat=True).first()


def recent_team_ids(mailbox: Mailbox) -> list[uuid.UUID]:
    """Return up to four teams that the veteran wrote to last, the latest first."""
    latest = (
        Conversation.objects.filter(record_id__in=mailbox.record_ids, last_sent_at__isnull=False)
        .order_by("-last_sent_at", "-id")
        .values_list("team_id", flat=True)[:40]
    )
    return list(dict.fromkeys(latest))[:4]


def reply_draft(actor: Actor, conversation_id: uuid.UUID, side: Side) -> Draft | None:
    """Return the reply draft of a conversation that the actor has opened."""
    return Draft.objects.filter(conversation_id=conversation_id, side=side, deleted_at__isnull=True).first()
