"""What goes along when a text becomes another draft: what it refers to, and its files."""

import uuid
from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import F

from eligibility.queries import conversation_record_ids
from messaging.attachments.baskets import checked_basket
from messaging.attachments.copying import copy
from messaging.models import Attachment, Conversation, Draft, Message, Side
from smportal.actor import Actor


class RefersTo(NamedTuple):
    """The earlier conversation that a text goes on from, and the message that it is a copy of."""

    conversation_id: uuid.UUID | None
    message_id: uuid.UUID | None = None


def refers_to(actor: Actor, draft_id: uuid.UUID) -> RefersTo:
    """Return what an own draft refers to, or the message that it became."""
    own = conversation_record_ids(actor)
    drafts = Draft.objects.filter(id=draft_id, side=Side.VETERAN, record_id__in=own)
    found = drafts.values_list("continues_id", "copy_of_id").first()
    if found is None:
        sent = Message.objects.filter(draft_id=draft_id, side=Side.VETERAN, number=F("conversation__number"))
        begun = Conversation.objects.filter(messages__in=sent, record_id__in=own)
        found = begun.values_list("continues_id", "copy_of_id").first()
    return RefersTo(*found) if found else RefersTo(None)


def refer(draft: Draft, to: RefersTo) -> None:
    """Let a saved draft refer to an earlier conversation: every save after this leaves that alone."""
    if to.conversation_id is not None:
        draft.continues_id, draft.copy_of_id = to
        draft.save(update_fields=["continues", "copy_of"])


def files_of_draft(actor: Actor, draft_id: uuid.UUID) -> "Iterable[Attachment]":
    """Return the files that the actor put into an own draft, also after it was sent."""
    return Attachment.objects.filter(
        draft_id=draft_id,
        side=Side.VETERAN,
        uploaded_by_id=actor.account_id,
        record_id__in=conversation_record_ids(actor),
    ).order_by("created_at", "id")


def files_of_message(message: Message) -> "Iterable[Attachment]":
    """Return the files of an own message."""
    return Attachment.objects.filter(message=message).order_by("created_at", "id")


def add_files(actor: Actor, draft: Draft, files: "Iterable[Attachment]") -> None:
    """Put copies of own files into a saved draft for a new message."""
    copy(actor=actor, basket=checked_basket(actor, draft.record_id, draft.id, None), rows=files)
