"""What a veteran sees of messages. Everything starts from the actor's own conversations.

Dates and names are formatted here, once per row: template filters cost more than the query.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Account
from eligibility import queries as eligibility_queries
from messaging import guided as guided_forms
from messaging import signing
from messaging.guided import Guided
from messaging.models import Conversation, Draft, Message, MessageOpening, Side, State
from messaging.models.conversation import Outcome
from messaging.models.message import MessageKind
from messaging.permissions import check_veteran, visible_conversations
from messaging.response.queries import withdrawals
from smportal import times
from smportal.actor import Actor
from smportal.crypto.fields import warm
from smportal.errors import NotFound


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Whose mailbox: the veteran's record and those merged into it. Only `mailbox_of` makes one."""

    record_ids: tuple[uuid.UUID, ...]


def mailbox_of(actor: Actor) -> Mailbox:
    """Return the actor's own mailbox. Raises NotFound for anybody who may not read one."""
    check_veteran(actor)
    return Mailbox(tuple(eligibility_queries.conversation_record_ids(actor)))


def status_text(conversation: Conversation, zone: dt.tzinfo, now: dt.datetime) -> str:
    """Return where the conversation stands, in the veteran's words."""
    if conversation.due_at is not None:
        if conversation.due_at <= now:
            return _("Answer overdue")
        return _("Answer due by %(when)s") % {"when": times.weekday_moment(conversation.due_at, zone)}
    if conversation.last_from == Side.STAFF:
        return _("Answered") if conversation.started_by == Side.VETERAN else _("From your care team")
    if conversation.state == State.COMPLETED:
        return _("No answer needed") if conversation.outcome == Outcome.WITHDRAWN else _("Closed by your care team")
    return _("Delivered")


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of a conversation as the page shows it."""

    id: uuid.UUID
    number: int
    is_mine: bool
    author: str
    author_title: str
    body: str
    sent: str
    sent_iso: str
    opened: str
    is_automatic: bool
    # When the veteran said, after this message and before the next, that no answer is needed; mostly empty.
    withdrawn: str
    # Shown as one line until somebody opens it.
    is_folded: bool
    # What a message has beside its text: templates/messaging/entry_parts.html shows them.
    guided: guided_forms.Shown | None = None
    signature: str = ""
    legal: signing.SignedAs | None = None


# Where there are no more than these, nothing is folded.
UNFOLDED = 3


def entries(conversation: Conversation, *, side: Side, zone: dt.tzinfo, you: str = "You") -> list[Entry]:
    """Return the messages of a disclosed conversation, oldest first, with their receipts."""
    messages = list(Message.objects.filter(conversation=conversation).order_by("sent_at", "id"))
    warm(messages, "body_sealed")
    opened = first_openings(messages)
    withdrawn = _withdrawn(conversation, messages, zone)
    last_own = max((place for place, message in enumerate(messages) if message.side == side), default=0)
    return [
        Entry(
            id=message.id,
            number=message.number,
            is_mine=message.side == side,
            author=message.author_name or you,
            author_title=message.author_title,
            body=message.unseal_text("body_sealed"),
            sent=times.moment(message.sent_at, zone),
            sent_iso=message.sent_at.isoformat(),
            opened=times.moment(opened[message.id], zone) if message.id in opened else "",
            is_automatic=message.kind == MessageKind.ACKNOWLEDGEMENT,
            withdrawn=withdrawn.get(message.id, ""),
            # What came after the reader's own last message is what they are here for.
            is_folded=len(messages) > UNFOLDED and place < min(last_own, len(messages) - 2),
            **parts_of(message),
        )
        for place, message in enumerate(messages)
    ]


def _withdrawn(conversation: Conversation, messages: Sequence[Message], zone: dt.tzinfo) -> dict[uuid.UUID, str]:
    """Return, for the last message before each withdrawal, when that was."""
    said = {}
    for at in withdrawals(conversation):
        before = [message.id for message in messages if message.sent_at <= at]
        if before:
            said[before[-1]] = times.moment(at, zone)
    return said


class Parts(TypedDict):
    """What a message has beside its text, as people read it."""

    guided: guided_forms.Shown | None
    signature: str
    legal: signing.SignedAs | None


def parts_of(message: Message) -> Parts:
    """Return the guided fields and signatures of a message."""
    return Parts(
        guided=guided_forms.shown(Guided.unpacked(message.unseal_text("guided_sealed"))),
        signature=message.unseal_text("signature_sealed"),
        legal=signing.signed_as(message.unseal_text("legal_sealed")),
    )


def first_openings(messages: Sequence[Message]) -> dict[uuid.UUID, dt.datetime]:
    """Return when each of the veteran's messages was first opened by the team."""
    ids = [message.id for message in messages if message.side == Side.VETERAN]
    if not ids:
        return {}
    rows = (
        MessageOpening.objects.filter(message_id__in=ids).order_by("-opened_at").values_list("message_id", "opened_at")
    )
    return dict(rows)


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


def veteran_account_ids(record_id: uuid.UUID) -> list[uuid.UUID]:
    """Return the account to tell of a new message for this record, or for the record it was merged into."""
    return list(
        Account.objects.filter(
            Q(record_id=record_id) | Q(record__merged_from=record_id), is_active=True, kind="veteran"
        ).values_list("id", flat=True)
    )
