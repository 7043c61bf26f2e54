"""Saving, giving up and bringing back the answer that a team shares. No save overwrites a colleague's text unseen."""

import uuid

from django.db import IntegrityError, transaction

from messaging.answering import rows
from messaging.inbox.actions import locked
from messaging.mailbox.content import DraftContent
from messaging.mailbox.drafts import content_of, fill
from messaging.mailbox.tickets import Ticket
from messaging.models import Conversation, Draft, Message, Side
from messaging.permissions import check_staff
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.errors import Conflict, NotFound


class AnswerSent(Conflict):
    """The answer went out already, from another page."""

    code = "already_sent"

    def __init__(self, by: str) -> None:
        super().__init__(f"{by} has sent this answer already. What is on this page now was not sent.")


def save_answer(
    *, actor: Actor, conversation_id: uuid.UUID, draft_id: uuid.UUID, version: int | None, content: DraftContent
) -> Draft | None:
    """Keep what was typed and return the answer with its new version; an empty one is not kept (None).

    `version` is the one that the page showed, 0 for none; None puts away whatever was saved since. Raises NotFound,
    AnswerChanged, AnswerSent, InvalidInput for characters that cannot be kept.
    """
    try:
        with transaction.atomic():
            return _save(actor, locked(actor, conversation_id), draft_id, version, content)
    except IntegrityError:
        # An id that is a draft elsewhere; of two pages that begin at once the lock makes one the later.
        raise NotFound from None


def _save(
    actor: Actor, conversation: Conversation, draft_id: uuid.UUID, version: int | None, content: DraftContent
) -> Draft | None:
    draft = rows.locked_current(conversation)
    if draft is not None and draft.id == draft_id and content_of(draft).plain() == content.plain():
        # Nothing new: a save that comes late must not make a colleague's page old.
        return draft
    check_not_sent(conversation, draft_id)
    if draft is not None and not rows.is_the_one(draft, draft_id, version):
        if version is not None:
            raise rows.changed(conversation, draft)
        draft = _make_room(actor, conversation, draft, draft_id)
    if content.is_empty:
        if draft is not None:
            rows.put_away(draft)
        return None
    draft = draft or _returning(conversation, draft_id) or rows.new_row(actor, conversation, draft_id)
    _write(actor, draft, content)
    return draft


def _make_room(actor: Actor, conversation: Conversation, draft: Draft, draft_id: uuid.UUID) -> Draft | None:
    """Put away what a colleague saved, for a text that somebody has chosen over it; return the row that goes on."""
    if draft.id != draft_id:
        rows.put_away(draft)
        return None
    rows.keep_apart(actor, conversation, draft)
    return draft


def _returning(conversation: Conversation, draft_id: uuid.UUID) -> Draft | None:
    """Return the answer that somebody put away while this page went on with it: it is wanted again."""
    found = Draft.objects.select_for_update(of=("self",)).filter(id=draft_id, conversation=conversation)
    return found.filter(side=Side.STAFF).first()


def _write(actor: Actor, draft: Draft, content: DraftContent) -> None:
    if actor.account_id is None:
        raise NotFound
    # Who saved last: the queue and the conversation say who is writing.
    draft.author_id = actor.account_id
    fill(draft, content)


def check_not_sent(conversation: Conversation, draft_id: uuid.UUID) -> None:
    """Raise AnswerSent when a draft of this id has become a message."""
    sent = Message.objects.filter(conversation=conversation, draft_id=draft_id).first()
    if sent is not None:
        raise AnswerSent(sent.author_name or "Somebody")


@transaction.atomic
def use_saved(*, actor: Actor, conversation_id: uuid.UUID, content: DraftContent) -> None:
    """Leave the answer as a colleague saved it, and put this page's text away. Raises NotFound, InvalidInput."""
    rows.put_away_text(actor, locked(actor, conversation_id), content)


@transaction.atomic
def give_up(*, actor: Actor, conversation_id: uuid.UUID) -> Draft | None:
    """Put away what is being written, and return it. Raises NotFound."""
    conversation = locked(actor, conversation_id)
    return rows.put_away_current(actor, conversation)


@transaction.atomic
def bring_back(*, actor: Actor, conversation_id: uuid.UUID, draft_id: uuid.UUID) -> Draft:
    """Let an answer that was put away be the one that is written; what is being written is put away for it.

    Raises NotFound, AnswerSent.
    """
    conversation = locked(actor, conversation_id)
    draft = _returning(conversation, draft_id)
    if draft is None or draft.deleted_at is None:
        raise NotFound
    check_not_sent(conversation, draft_id)
    current = rows.locked_current(conversation)
    if current is not None:
        rows.put_away(current)
    draft.deleted_at = None
    draft.version += 1
    draft.save(update_fields=["deleted_at", "version"])
    rows.recorded(actor, draft, Deed.DRAFT_RESTORED)
    return draft


def keep(*, actor: Actor, conversation_id: uuid.UUID, draft_id: uuid.UUID, version: int, content: DraftContent) -> None:
    """Save what came after its session had ended; put away where a colleague's text stands now.

    Raises NotFound, InvalidInput.
    """
    try:
        save_answer(actor=actor, conversation_id=conversation_id, draft_id=draft_id, version=version, content=content)
    except Conflict:
        use_saved(actor=actor, conversation_id=conversation_id, content=content)


@transaction.atomic
def keep_of_one_who_left(*, actor: Actor, ticket: Ticket, version: int, content: DraftContent) -> bool:
    """Keep for the team what somebody was writing when they left it, or when it was handed over; tell whether.

    The ticket of the form shows that the conversation was open to its writer. They see nothing of it any more.
    Raises InvalidInput.
    """
    check_staff(actor)
    if ticket.account_id != actor.account_id or ticket.conversation_id is None or content.is_empty:
        return False
    found = Conversation.objects.select_for_update(of=("self",)).filter(id=ticket.conversation_id)
    conversation = found.first()
    if conversation is None or Message.objects.filter(draft_id=ticket.draft_id).exists():
        return False
    current = rows.locked_current(conversation)
    if current is not None and content_of(current).plain() == content.plain():
        return True
    kept: Draft | None
    if current is None or rows.is_the_one(current, ticket.draft_id, version):
        kept = (
            current or _returning(conversation, ticket.draft_id) or rows.new_row(actor, conversation, ticket.draft_id)
        )
        _write(actor, kept, content)
    else:
        kept = rows.put_away_text(actor, conversation, content)
    if kept is not None:
        rows.recorded(actor, kept, Deed.DRAFT_SAVED, reason="left_team")
    return True
