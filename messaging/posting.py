"""Appending an entry to a conversation: what the veteran's and the care team's send share.

Everything here runs inside the caller's transaction, with the conversation row locked by it.
"""

import datetime as dt
import secrets
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from messaging.models import Conversation, Message, MessageKind, Side
from messaging.permissions import visible_conversations
from smportal.actor import Actor, ActorKind
from smportal.crypto.digests import digest_matches, keyed_digest
from smportal.crypto.envelope import SealingKey
from smportal.errors import Conflict, NotFound

TRIES = 2
DIGEST_PURPOSE = "message-content"


class AlreadySent(Conflict):
    """The draft went out before, by somebody else who may write it or with another text; nothing was changed."""

    code = "already_sent"


@dataclass(frozen=True, slots=True)
class Author:
    """Who an entry is from, as it will read for ever."""

    side: Side
    account_id: uuid.UUID | None
    staff_id: uuid.UUID | None = None
    name: str = ""
    title: str = ""


def new_number() -> int:
    """Return a message number: ten digits, not sequential. The column is unique."""
    return 1_000_000_000 + secrets.randbelow(9_000_000_000)


def content_of(*parts: str, file_ids: Collection[uuid.UUID] = ()) -> bytes:
    """Return what was sent as one value; clean text holds no control character, so the parts stay apart."""
    return "\x1f".join([*parts, *sorted(str(file_id) for file_id in file_ids)]).encode()


def already_sent(*, actor: Actor, draft_id: uuid.UUID, content: bytes) -> Message | None:
    """Return what this draft became, if it was sent already.

    Raises AlreadySent when the same draft comes with another content, or a colleague has sent the answer
    that both were writing; NotFound when it is none of the actor's.
    """
    message = Message.objects.select_related("conversation__team__facility").filter(draft_id=draft_id).first()
    if message is None:
        return None
    if message.author_account_id != actor.account_id:
        if not visible_conversations(actor).filter(id=message.conversation_id).exists():
            raise NotFound
        raise AlreadySent(_sent_by_another(actor, message))
    if not digest_matches(DIGEST_PURPOSE, content, bytes(message.content_digest)):
        raise AlreadySent(
            gettext("This message was sent already, and what you sent now is different. Nothing was changed.")
        )
    return message


def _sent_by_another(actor: Actor, message: Message) -> str:
    if actor.kind is ActorKind.STAFF:
        return f"{message.author_name} has sent this answer already. What you sent now did not go out."
    return gettext("This message was sent already. You can find it under Sent.")


def exactly_once(post: Callable[[], Message], *, actor: Actor, draft_id: uuid.UUID, content: bytes) -> Message:
    """Run `post` in a transaction; of two posts of one form at once, both return the one message.

    A unique key broken by something else (a message number drawn twice) is tried again with new values.
    """
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                return post()
        except IntegrityError:
            if earlier := already_sent(actor=actor, draft_id=draft_id, content=content):
                return earlier
    with transaction.atomic():
        return post()


def append_message(
    *,
    conversation: Conversation,
    author: Author,
    body: str,
    draft_id: uuid.UUID,
    content: bytes,
    at: dt.datetime,
    possibly_urgent: bool = False,
    number: int | None = None,
    kind: MessageKind = MessageKind.MESSAGE,
    attachment_count: int = 0,
    key: SealingKey | None = None,
) -> Message:
    """Insert the entry and set what the conversation says of its last message; the caller saves that."""
    message = Message(
        conversation=conversation,
        record_id=conversation.record_id,
        kind=kind,
        number=number or new_number(),
        side=author.side,
        author_account_id=author.account_id,
        author_staff_id=author.staff_id,
        author_name=author.name,
        author_title=author.title,
        possibly_urgent=possibly_urgent,
        attachment_count=attachment_count,
        sent_at=at,
        draft_id=draft_id,
        content_digest=keyed_digest(DIGEST_PURPOSE, content),
    )
    message.seal_text("body_sealed", body, key=key)
    conversation.last_message_at = at
    conversation.last_from = author.side
    conversation.message_count += 1
    conversation.has_attachment = conversation.has_attachment or attachment_count > 0
    return message
