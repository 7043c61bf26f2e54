"""Two texts of one draft, from two tabs or devices: the veteran says which one goes on, and neither is lost.

What is not kept becomes a deleted draft (mailbox.discarding): found again for thirty days.
"""

import uuid

from django.db import transaction

from messaging.mailbox.content import DraftContent
from messaging.mailbox.discarding.actions import delete_draft
from messaging.mailbox.drafts import content_of, keep_copy, own_draft, save_draft
from messaging.models import Draft, Side
from messaging.permissions import visible_conversations
from smportal.actor import Actor


@transaction.atomic
def use_this(
    *, actor: Actor, draft_id: uuid.UUID, content: DraftContent, conversation_id: uuid.UUID | None = None
) -> Draft | None:
    """Let the draft say what this page says, whatever was saved since, and return it as `save_draft` does.

    Raises what `save_draft` raises, but DraftChangedElsewhere.
    """
    draft = own_draft(actor, draft_id, lock=True)
    if draft is None and conversation_id is not None:
        _put_away_other_reply(actor, conversation_id)
    elif draft is not None and content_of(draft).plain() != content.plain():
        _put_away(actor, content_of(draft), draft.conversation_id, draft_id)
    version = draft.version if draft else 0
    return save_draft(actor=actor, draft_id=draft_id, version=version, content=content, conversation_id=conversation_id)


@transaction.atomic
def use_other(
    *, actor: Actor, draft_id: uuid.UUID, content: DraftContent, conversation_id: uuid.UUID | None = None
) -> None:
    """Leave the draft as it was saved elsewhere, and this page's text among the deleted ones."""
    _put_away(actor, content, conversation_id, draft_id)


def _put_away(actor: Actor, content: DraftContent, conversation_id: uuid.UUID | None, draft_id: uuid.UUID) -> None:
    """Put a text of a draft among the deleted ones, with copies of the files: restored, it is as whole as the draft."""
    copy = keep_copy(actor=actor, content=content, conversation_id=conversation_id, like=draft_id)
    if copy is not None:
        delete_draft(actor=actor, draft_id=copy.id)


def _put_away_other_reply(actor: Actor, conversation_id: uuid.UUID) -> None:
    """A conversation has one reply draft: the one that another page has begun makes room."""
    own = visible_conversations(actor).filter(id=conversation_id)
    begun = Draft.objects.filter(conversation__in=own, side=Side.VETERAN, deleted_at__isnull=True)
    for draft_id in begun.values_list("id", flat=True):
        delete_draft(actor=actor, draft_id=draft_id)
