"""The files of one unsent text: whose they are, and who may touch them.

A veteran's basket is that of one draft, and so is that of a conversation which a member begins. The team's answer
in a conversation has one basket that its members share, as they share the answer's draft. Every look-up of an unsent file goes through here.
"""

import uuid
from dataclasses import dataclass

from django.db.models import QuerySet

from eligibility.queries import conversation_record_ids
from messaging.models import Attachment, Draft, Message, Side
from messaging.permissions import check_staff, check_veteran, visible_conversations
from smportal.actor import Actor, ActorKind
from smportal.errors import NotFound


@dataclass(frozen=True, slots=True)
class Basket:
    """Made by `basket_of`, or by `checked_basket` within an action that has checked already."""

    account_id: uuid.UUID
    record_id: uuid.UUID
    side: Side
    draft_id: uuid.UUID
    conversation_id: uuid.UUID | None

    @property
    def key(self) -> uuid.UUID:
        """What two requests for the same files have in common."""
        return self.conversation_id if self.side == Side.STAFF and self.conversation_id else self.draft_id

    def rows(self) -> "QuerySet[Attachment]":
        """Return the unsent files, in the order in which they were added."""
        unsent = Attachment.objects.filter(side=self.side, record_id=self.record_id, message__isnull=True)
        if self.side == Side.STAFF and self.conversation_id:
            return unsent.filter(conversation_id=self.conversation_id)
        return unsent.filter(draft_id=self.draft_id, uploaded_by_id=self.account_id)


def basket_of(actor: Actor, draft_id: uuid.UUID, conversation_id: uuid.UUID | None) -> Basket:
    """Return the basket of a draft of the actor's. Raises NotFound for anybody else's draft or conversation."""
    if actor.account_id is None:
        raise NotFound
    if actor.kind is ActorKind.STAFF:
        check_staff(actor)
        record_id = _record_of(actor, conversation_id) if conversation_id else _record_begun(actor, draft_id)
        return Basket(actor.account_id, record_id, Side.STAFF, draft_id, conversation_id)
    record_id = check_veteran(actor)
    if conversation_id is not None:
        record_id = _record_of(actor, conversation_id)
    draft = Draft.objects.filter(id=draft_id).values_list("side", "record_id").first()
    if draft is not None and draft != (Side.VETERAN, record_id):
        side, record_id = draft
        if side != Side.VETERAN or record_id not in conversation_record_ids(actor):
            raise NotFound
    return Basket(actor.account_id, record_id, Side.VETERAN, draft_id, conversation_id)


def checked_basket(
    actor: Actor, record_id: uuid.UUID, draft_id: uuid.UUID, conversation_id: uuid.UUID | None
) -> Basket:
    """Return the basket of a draft and conversation that the caller has shown to be the actor's: costs nothing."""
    if actor.account_id is None:
        raise NotFound
    side = Side.STAFF if actor.kind is ActorKind.STAFF else Side.VETERAN
    return Basket(actor.account_id, record_id, side, draft_id, conversation_id)


def _record_begun(actor: Actor, draft_id: uuid.UUID) -> uuid.UUID:
    """Return the veteran to whom a member has begun to write, or wrote; such a text is its author's alone."""
    begun = Draft.objects.filter(id=draft_id, side=Side.STAFF, author_id=actor.account_id, conversation__isnull=True)
    record_id = begun.values_list("record_id", flat=True).first()
    if record_id is None:
        sent = Message.objects.filter(draft_id=draft_id, side=Side.STAFF, author_account_id=actor.account_id)
        record_id = sent.values_list("record_id", flat=True).first()
    if record_id is None:
        raise NotFound
    return record_id


def _record_of(actor: Actor, conversation_id: uuid.UUID | None) -> uuid.UUID:
    if conversation_id is None:
        raise NotFound
    record_id = visible_conversations(actor).filter(id=conversation_id).values_list("record_id", flat=True).first()
    if record_id is None:
        raise NotFound
    return record_id


def visible_files(actor: Actor) -> "QuerySet[Attachment]":
    """Return the files that the actor may know of: of messages in own conversations, and own unsent ones.

    To a veteran, those of a message that was withdrawn as sent in error do not exist.
    """
    sent = Attachment.objects.filter(message__conversation__in=visible_conversations(actor))
    unsent = Attachment.objects.filter(message__isnull=True)
    if actor.kind is ActorKind.STAFF:
        begun = unsent.filter(side=Side.STAFF, conversation__isnull=True, uploaded_by_id=actor.account_id)
        return sent | begun | unsent.filter(side=Side.STAFF, conversation__in=visible_conversations(actor))
    return sent.filter(message__sent_in_error__isnull=True) | unsent.filter(
        side=Side.VETERAN, uploaded_by_id=actor.account_id, record_id__in=conversation_record_ids(actor)
    )
