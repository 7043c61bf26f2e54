"""A new conversation that refers to an earlier one: after the reply window, or with another team.

Both only begin a draft. Sending it is the same send as any other, with the same rules.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from messaging.around import Around
from messaging.attachments.queries import checked_basket, files_of_conversation, in_basket
from messaging.guided import Guided
from messaging.mailbox import queries
from messaging.mailbox.actions import is_window_open, locked_conversation
from messaging.mailbox.content import DraftContent
from messaging.mailbox.drafts import content_of, discard, own_draft, save_draft
from messaging.mailbox.taking_along import RefersTo, add_files, files_of_draft, files_of_message, refer
from messaging.models import Conversation, Draft, Side
from messaging.permissions import Reach, check_veteran, may_reply, visible_conversations
from smportal.actor import Actor
from smportal.errors import Conflict, NotFound


@transaction.atomic
def continue_conversation(*, actor: Actor, conversation_id: uuid.UUID) -> Draft:
    """Begin a new message to the same team that goes on with an own conversation; return its draft.

    An unsent reply becomes that draft, with all that hangs on it. Asking again returns the same draft.
    Raises NotFound, Conflict (window_open) while a reply is still possible.
    """
    record_id = check_veteran(actor)
    conversation = locked_conversation(actor, conversation_id)
    if is_window_open(conversation) and may_reply(actor, conversation.team_id).allowed:
        raise Conflict(_("You can still reply in this conversation."), code="window_open")
    standing = Draft.objects.filter(record_id=record_id, deleted_at__isnull=True)
    reply = Draft.objects.filter(conversation=conversation, side=Side.VETERAN, deleted_at__isnull=True).first()
    # A reply that waits is what somebody wants to go on with, whatever else goes on from here already.
    if reply is None and (begun := standing.filter(continues=conversation, copy_of=None).first()):
        return begun
    content = replace(
        DraftContent(with_signature=True) if reply is None else content_of(reply),
        team_id=conversation.team_id,
        category=conversation.category,
        subject=conversation.unseal_text("subject_sealed"),
    )
    if reply is not None and reply.record_id == record_id:
        # Its files hang on its id, so they go along.
        Draft.objects.filter(id=reply.id).update(conversation=None, continues=conversation)
        return _saved(actor, reply.id, reply.version, content)
    draft = _begin(actor, content, RefersTo(conversation_id))
    if reply is not None:
        # It was begun under a record that was merged meanwhile; the new one is the veteran's as they are now.
        add_files(actor, draft, files_of_draft(actor, reply.id))
        discard(actor, reply)
    return draft


@transaction.atomic
def take_elsewhere(
    *, actor: Actor, conversation_id: uuid.UUID, draft_id: uuid.UUID, version: int, content: DraftContent
) -> Draft:
    """Keep a reply that can't be sent where it was written, and let it go on as a new message; return its draft.

    Raises as `save_draft` and `continue_conversation` do.
    """
    save_draft(actor=actor, draft_id=draft_id, version=version, content=content, conversation_id=conversation_id)
    return continue_conversation(actor=actor, conversation_id=conversation_id)


@transaction.atomic
def copy_to_another_team(*, actor: Actor, message_id: uuid.UUID) -> Draft:
    """Begin a new message that says what an own one says, for another team to be chosen; return its draft.

    Its form and its files go along, but those that were refused. While such a draft of this message is
    unsent, it is returned again. Raises NotFound.
    """
    record_id = check_veteran(actor)
    message = queries.own_message(actor, message_id)
    conversation = locked_conversation(actor, message.conversation_id)
    standing = Draft.objects.filter(record_id=record_id, deleted_at__isnull=True)
    if begun := standing.filter(copy_of=message).first():
        return begun
    content = DraftContent(
        category=conversation.category,
        subject=conversation.unseal_text("subject_sealed"),
        body=message.unseal_text("body_sealed"),
        guided=Guided.unpacked(message.unseal_text("guided_sealed")),
        with_signature=message.signature_sealed is not None,
    )
    draft = _begin(actor, content, RefersTo(conversation.id, message.id))
    add_files(actor, draft, files_of_message(message))
    return draft


def _begin(actor: Actor, content: DraftContent, to: RefersTo) -> Draft:
    draft = _saved(actor, uuid.uuid4(), 0, content)
    refer(draft, to)
    return draft


def _saved(actor: Actor, draft_id: uuid.UUID, version: int, content: DraftContent) -> Draft:
    draft = save_draft(actor=actor, draft_id=draft_id, version=version, content=content)
    if draft is None:
        raise NotFound
    return draft


@dataclass(frozen=True, slots=True)
class Reference:
    """Another conversation that a page names. `url` is empty where the reader may not open it."""

    number: int
    team: str
    is_copy: bool
    url: str


@dataclass(frozen=True, slots=True)
class References:
    """What a conversation goes on from, and what goes on from it."""

    earlier: Reference | None
    later: tuple[Reference, ...]


def references(reach: Reach, conversation: Conversation, page: str, *, around: Around) -> References:
    """Return the conversations before and after an opened one; `page` is the URL name of a conversation's page.

    Most have none: then this asks nothing.
    """
    if conversation.continues_id is None and not around.is_continued:
        return References(None, ())
    return references_among(reach.conversations(), conversation, page)


def references_among(visible: QuerySet[Conversation], conversation: Conversation, page: str) -> References:
    """Return the conversations before and after an opened one for a reader of those that are `visible`.

    A reader learns of an earlier one that is not theirs to open only number and team, of a later one nothing.
    """
    near = Conversation.objects.filter(Q(id=conversation.continues_id) | Q(continues=conversation))
    found = list(near.select_related("team").order_by("created_at", "id"))
    if not found:
        return References(None, ())
    open_to = set(visible.filter(id__in=[one.id for one in found]).values_list("id", flat=True))
    shown = {one.id: _reference(one, conversation, page if one.id in open_to else "") for one in found}
    return References(
        earlier=shown.get(conversation.continues_id) if conversation.continues_id else None,
        later=tuple(shown[one.id] for one in found if one.continues_id == conversation.id and one.id in open_to),
    )


def _reference(one: Conversation, beside: Conversation, page: str) -> Reference:
    is_copy = (one.copy_of_id if one.continues_id == beside.id else beside.copy_of_id) is not None
    return Reference(one.number, one.team.public_name, is_copy, reverse(page, args=[one.id]) if page else "")


@dataclass(frozen=True, slots=True)
class DraftReference:
    """What a text that is being written refers to; of a copy, the files that did not come along, each with why."""

    to: Reference
    left_behind: tuple[str, ...]


def draft_reference(actor: Actor, draft_id: uuid.UUID) -> DraftReference | None:
    """Return what an own draft refers to, for the page on which it is written. Raises NotFound as `own_draft` does."""
    draft = own_draft(actor, draft_id)
    if draft is None or draft.continues_id is None:
        return None
    earlier = visible_conversations(actor).select_related("team").filter(id=draft.continues_id).first()
    if earlier is None:
        return None
    url = reverse("mailbox_conversation", args=[earlier.id])
    to = Reference(earlier.number, earlier.team.public_name, draft.copy_of_id is not None, url)
    return DraftReference(to, tuple(_left_behind(actor, draft, earlier)))


def _left_behind(actor: Actor, draft: Draft, earlier: Conversation) -> Iterator[str]:
    if draft.copy_of_id is None or not earlier.has_attachment:
        return
    came = {info.name for info in in_basket(checked_basket(actor, draft.record_id, draft.id, None))}
    for info in files_of_conversation(earlier).get(draft.copy_of_id, ()):
        if info.is_refused:
            yield f"{info.name}. {info.state_text}"
        elif info.name not in came:
            yield info.name
