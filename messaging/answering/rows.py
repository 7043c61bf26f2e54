"""The rows of shared answers. Callers have shown the conversation to be the actor's, and locked it to write.

A conversation has one answer that is being written. What another text took the place of is put away: its row
stays, deleted, for thirty days (mailbox.discarding purges), and any member can bring it back.
"""

import datetime as dt
import uuid
from typing import Final

from django.db.models import QuerySet

from messaging.mailbox.content import DraftContent
from messaging.mailbox.drafts import content_of, fill
from messaging.models import Conversation, Draft, Side
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import Conflict, NotFound

# More than these nobody looks through; the others are older.
MOST_PUT_AWAY: Final = 20


class AnswerChanged(Conflict):
    """Somebody saved another text of this answer since the page was opened; nothing was overwritten.

    `by` and `saved_at` say who and when, `zone` is the facility's.
    """

    code = "draft_changed"

    def __init__(self, by: str, saved_at: dt.datetime, zone: str) -> None:
        super().__init__(
            f"{by} saved another text of this answer. Nothing was overwritten, and your text is still on this page."
        )
        self.by, self.saved_at, self.zone = by, saved_at, zone


def _of(conversation_id: uuid.UUID) -> "QuerySet[Draft]":
    found = Draft.objects.filter(conversation_id=conversation_id, side=Side.STAFF)
    return found.select_related("author__staff_member")


def current(conversation_id: uuid.UUID) -> Draft | None:
    """Return the answer that is being written."""
    return _of(conversation_id).filter(deleted_at__isnull=True).first()


def put_away_of(conversation_id: uuid.UUID) -> list[Draft]:
    """Return the texts of a conversation's answer that were put away, the last first."""
    return list(_of(conversation_id).filter(deleted_at__isnull=False).order_by("-deleted_at", "-id")[:MOST_PUT_AWAY])


def locked_current(conversation: Conversation) -> Draft | None:
    """Return the answer that is being written, locked."""
    found = Draft.objects.select_for_update(of=("self",)).select_related("author__staff_member")
    return found.filter(conversation=conversation, side=Side.STAFF, deleted_at__isnull=True).first()


def writer_of(draft: Draft) -> str:
    """Return the name of who saved a draft last."""
    member = getattr(draft.author, "staff_member", None)
    return member.name if member else "Somebody"


def is_the_one(draft: Draft, draft_id: uuid.UUID, version: int | None) -> bool:
    """Tell whether a draft is still what a page showed."""
    return draft.id == draft_id and draft.version == version


def changed(conversation: Conversation, draft: Draft) -> AnswerChanged:
    """Return the error that tells who saved the answer last."""
    return AnswerChanged(writer_of(draft), draft.updated_at, conversation.team.facility.time_zone)


def check_current(
    conversation: Conversation, draft: Draft | None, *, draft_id: uuid.UUID, version: int, content: DraftContent
) -> None:
    """Raise AnswerChanged when another text than this was saved since a page showed the draft."""
    if draft is None or is_the_one(draft, draft_id, version) or content_of(draft).plain() == content.plain():
        return
    raise changed(conversation, draft)


def new_row(actor: Actor, conversation: Conversation, draft_id: uuid.UUID) -> Draft:
    """Return a draft that `fill` has still to save."""
    if actor.account_id is None:
        raise NotFound
    now = clock.now()
    return Draft(
        id=draft_id,
        side=Side.STAFF,
        author_id=actor.account_id,
        record_id=conversation.record_id,
        conversation=conversation,
        version=0,
        created_at=now,
        updated_at=now,
    )


def put_away(draft: Draft) -> None:
    """Take an answer out of the conversation; it can be brought back for thirty days."""
    draft.deleted_at = clock.now()
    draft.save(update_fields=["deleted_at"])


def put_away_text(actor: Actor, conversation: Conversation, content: DraftContent) -> Draft | None:
    """Keep a text that no answer has among those put away; nothing for an empty one."""
    if content.is_empty:
        return None
    draft = new_row(actor, conversation, uuid.uuid4())
    # Filled while it is the conversation's, it would stand in the way of the current one.
    draft.conversation = None
    draft.team_id = None
    fill(draft, content)
    draft.conversation, draft.deleted_at = conversation, clock.now()
    draft.save(update_fields=["conversation", "deleted_at"])
    return draft


def keep_apart(actor: Actor, conversation: Conversation, draft: Draft) -> None:
    """Put a copy of what a draft says away, under its writer's name, before its row goes on with another text."""
    kept = put_away_text(actor, conversation, content_of(draft))
    if kept is not None:
        Draft.objects.filter(id=kept.id).update(author_id=draft.author_id, updated_at=draft.updated_at)


def settle(
    actor: Actor, conversation: Conversation, draft: Draft | None, *, sent_id: uuid.UUID, sent: DraftContent
) -> None:
    """Take away the answer that a message came from; another text, which a colleague saved, is put away, never dropped."""
    if draft is None:
        return
    if content_of(draft).plain() != sent.plain():
        if draft.id != sent_id:
            put_away(draft)
            return
        # Its id is the message's from now on.
        keep_apart(actor, conversation, draft)
    Draft.objects.filter(id=draft.id).delete()


def put_away_current(actor: Actor, conversation: Conversation) -> Draft | None:
    """Put away what is being written, and return it."""
    draft = locked_current(conversation)
    if draft is not None:
        put_away(draft)
        recorded(actor, draft, Deed.DRAFT_DELETED)
    return draft


def recorded(actor: Actor, draft: Draft, deed: Deed, *, reason: str = "") -> None:
    """Write the audit row of what happens to an answer."""
    record(actor=actor, deed=deed, subject_id=draft.record_id, object_kind="draft", object_id=draft.id, reason=reason)
