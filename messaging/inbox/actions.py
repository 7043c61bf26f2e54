"""What care team members do with conversations. Each action is one transaction."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence

from django.db import transaction

from eligibility.holds import hold_member
from eligibility.models import StaffMember
from eligibility.reaching import account_ids_of
from messaging import posting, text
from messaging.absence.cover import cover_of
from messaging.answering import rows as answers
from messaging.attachments import actions as files
from messaging.attachments.queries import checked_basket
from messaging.inbox.states import back_to_work, came, change_state, reassigned, record_assignment, release
from messaging.inbox.veterans import CANNOT_READ, lock_of, surviving
from messaging.library import cards
from messaging.mailbox.content import DraftContent
from messaging.mailbox.moving.actions import receive
from messaging.models import (
    Conversation,
    InternalNote,
    Message,
    MessageKind,
    NotificationKind,
    ObligationEnd,
    Side,
)
from messaging.models.conversation import STAFF_OUTCOMES
from messaging.notifications.actions import notify
from messaging.permissions import check_staff, visible_conversations
from messaging.response.actions import end_obligation
from messaging.staff_signing import signature_for
from messaging.workflow import Event
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record, record_many
from smportal.errors import Conflict, InvalidInput, NotFound, Refused


def visible(actor: Actor, conversation_id: uuid.UUID) -> Conversation:
    """Return a conversation of the actor's teams. Raises NotFound."""
    check_staff(actor)
    conversation = visible_conversations(actor).filter(id=conversation_id).first()
    if conversation is None:
        raise NotFound
    return conversation


def locked(actor: Actor, conversation_id: uuid.UUID) -> Conversation:
    """Return a conversation of the actor's teams, locked. Raises NotFound."""
    check_staff(actor)
    conversation = visible_conversations(actor).select_for_update(of=("self",)).filter(id=conversation_id).first()
    if conversation is None:
        raise NotFound
    return conversation


@transaction.atomic
def take(*, actor: Actor, conversation_id: uuid.UUID) -> Conversation:
    """Make the actor the assignee; what somebody has who is away can be taken too.

    Raises NotFound, Conflict when somebody else has it already, IllegalTransition when it is not open.
    """
    conversation = locked(actor, conversation_id)
    if conversation.assignee_id == actor.staff_id:
        return conversation
    if conversation.assignee_id is not None and conversation.assignee_id not in cover_of([conversation.team_id]).away:
        raise Conflict("A colleague has taken this conversation. You can still assign it to yourself.", code="taken")
    if not hold_member(check_staff(actor), conversation.team_id):
        raise NotFound
    return _assign(actor, conversation, check_staff(actor), Event.TAKE)


@transaction.atomic
def assign(*, actor: Actor, conversation_id: uuid.UUID, staff_id: uuid.UUID | None) -> Conversation:
    """Assign to an active member of the team, or to nobody. Of somebody away, the surrogate acts and is told.

    Raises NotFound, InvalidInput for somebody who is not a member, or is away with nobody standing in,
    IllegalTransition.
    """
    conversation = locked(actor, conversation_id)
    if staff_id is None:
        return release(actor, conversation)
    if not hold_member(staff_id, conversation.team_id):
        raise InvalidInput("Choose a member of this team", code="not_a_member", field="staff")
    if conversation.assignee_id == staff_id:
        return conversation
    return _assign(actor, conversation, staff_id, Event.ASSIGN)


def _assign(actor: Actor, conversation: Conversation, staff_id: uuid.UUID, event: Event) -> Conversation:
    acting_id = _acting(actor, conversation, staff_id)
    change_state(actor, conversation, event, assigned=True)
    record_assignment(actor, conversation, staff_id, acting_id=acting_id)
    reassigned(actor, conversation, staff_id)
    if acting_id != actor.staff_id:
        account_id = StaffMember.objects.filter(id=acting_id).values_list("account_id", flat=True).first()
        if account_id is not None:
            # A new cause each time: being assigned again later is news again.
            notify(
                kind=NotificationKind.ASSIGNED,
                recipient_ids=[account_id],
                cause_id=uuid.uuid4(),
                conversation_id=conversation.id,
            )
    return conversation


def _acting(actor: Actor, conversation: Conversation, staff_id: uuid.UUID) -> uuid.UUID:
    """Return who acts for the new assignee: a member who is away and takes something anyway is at it now."""
    if staff_id == actor.staff_id:
        return staff_id
    cover = cover_of([conversation.team_id])
    acting_id = cover.acting(conversation.team_id, staff_id)
    if acting_id is None:
        away = cover.away[staff_id]
        raise InvalidInput(
            f"{away.name} is away until {away.until}, and nobody stands in. Choose somebody else.",
            code="away",
            field="staff",
        )
    return acting_id


def reply(
    *,
    actor: Actor,
    conversation_id: uuid.UUID,
    draft_id: uuid.UUID,
    body: str,
    seen_until: dt.datetime | None = None,
    version: int | None = None,
    file_ids: Collection[uuid.UUID] = (),
    link_ids: Sequence[uuid.UUID] = (),
    with_signature: bool = False,
) -> Message:
    """Answer the veteran exactly once, and return the message.

    `seen_until` is the instant of the last message that the page showed: a newer one of either side raises
    Conflict with code "crossed", so that nobody answers past it unawares. `version` is that of the shared draft
    that the page showed, 0 for none: another text that a colleague saved since raises AnswerChanged. None of both
    answers all the same. `link_ids` are links of the health library. Raises InvalidInput, NotFound, Conflict for
    another text under the same id.
    """
    clean_body = text.clean_text(body, field="body", label="A message", most=text.BODY_MOST)
    cards.check_choice(link_ids)
    answer = DraftContent(body=clean_body, links=tuple(link_ids), with_signature=with_signature)
    signed = ("signed",) if with_signature else ()
    sent = posting.content_of(str(conversation_id), clean_body, *cards.digested(link_ids), *signed, file_ids=file_ids)
    return posting.exactly_once(
        lambda: _reply(actor, conversation_id, draft_id, answer, sent, seen_until, version, file_ids),
        actor=actor,
        draft_id=draft_id,
        content=sent,
    )


def _reply(
    actor: Actor,
    conversation_id: uuid.UUID,
    draft_id: uuid.UUID,
    answer: DraftContent,
    sent: bytes,
    seen_until: dt.datetime | None,
    version: int | None,
    file_ids: Collection[uuid.UUID],
) -> Message:
    conversation = locked(actor, conversation_id)
    if earlier := posting.already_sent(actor=actor, draft_id=draft_id, content=sent):
        return earlier
    if seen_until and conversation.last_message_at > seen_until:
        raise Conflict(f"{_who_wrote(conversation)} while you were writing. Read it before you send.", code="crossed")
    draft = answers.locked_current(conversation)
    if version is not None:
        answers.check_current(conversation, draft, draft_id=draft_id, version=version, content=answer)
    chosen = cards.chosen(answer.links)
    _check_readable(conversation)
    author = StaffMember.objects.get(id=check_staff(actor))
    attached = files.claim(
        basket=checked_basket(actor, conversation.record_id, draft_id, conversation_id), file_ids=file_ids
    )
    now = clock.now()
    message = posting.append_message(
        conversation=conversation,
        author=posting.Author(Side.STAFF, actor.account_id, author.id, author.name, author.title),
        body=answer.body,
        draft_id=draft_id,
        content=sent,
        at=now,
        attachment_count=len(attached),
    )
    cards.seal(message, chosen)
    if answer.with_signature and (signature := signature_for(author)):
        message.seal_text("signature_sealed", signature)
    change_state(actor, conversation, Event.REPLY, assigned=conversation.assignee_id is not None)
    _answered(conversation)
    conversation.save()
    message.save(force_insert=True)
    files.bind(message=message, files=attached)
    end_obligation(actor=actor, conversation=conversation, end=ObligationEnd.ANSWERED, staff_id=author.id, at=now)
    _after_reply(actor, conversation, message)
    answers.settle(actor, conversation, draft, sent_id=draft_id, sent=answer)
    return message


def _who_wrote(conversation: Conversation) -> str:
    """Say who wrote last."""
    if conversation.last_from == Side.VETERAN:
        return "The veteran wrote again"
    last = conversation.messages.filter(side=Side.STAFF, kind=MessageKind.MESSAGE).last()
    return f"{last.author_name if last else 'A colleague'} answered"


def _check_readable(conversation: Conversation) -> None:
    """Raise Refused for a record that nobody reads any more: an answer there would only look like one."""
    lock = lock_of(surviving(conversation.record))
    if lock:
        raise Refused(CANNOT_READ[lock], code="record_locked")


def _answered(conversation: Conversation) -> None:
    """What an answer changes in both views; it also brings a conversation back from the veteran's trash."""
    conversation.completed_at, conversation.outcome = None, ""
    receive(conversation)
    conversation.team_unread = False
    conversation.possibly_urgent = False


def _after_reply(actor: Actor, conversation: Conversation, message: Message) -> None:
    record(
        actor=actor,
        deed=Deed.MESSAGE_SENT,
        subject_id=conversation.record_id,
        object_kind="message",
        object_id=message.id,
        details={"conversation": str(conversation.id), "team": str(conversation.team_id)},
    )
    notify(
        kind=NotificationKind.NEW_MESSAGE,
        recipient_ids=account_ids_of(conversation.record_id),
        cause_id=message.id,
        at=message.sent_at,
    )


@transaction.atomic
def add_note(*, actor: Actor, conversation_id: uuid.UUID, draft_id: uuid.UUID, body: str) -> InternalNote:
    """Add a note among staff, once for each `draft_id`; it meets no clock. Raises InvalidInput, NotFound."""
    clean_body = text.clean_text(body, field="note", label="A note", most=text.BODY_MOST)
    conversation = locked(actor, conversation_id)
    earlier = InternalNote.objects.filter(draft_id=draft_id, conversation=conversation).first()
    if earlier is not None:
        return earlier
    note = InternalNote(
        conversation=conversation,
        record_id=conversation.record_id,
        author_staff_id=check_staff(actor),
        created_at=clock.now(),
        draft_id=draft_id,
    )
    note.seal_text("body_sealed", clean_body)
    note.save(force_insert=True)
    record(
        actor=actor,
        deed=Deed.NOTE_ADDED,
        subject_id=conversation.record_id,
        object_kind="conversation",
        object_id=conversation.id,
        details={"note": str(note.id)},
    )
    return note


@transaction.atomic
def complete(*, actor: Actor, conversation_id: uuid.UUID, outcome: str) -> Conversation:
    """Complete with an outcome. Without an answer the clock ends as handled, not as answered.

    Raises NotFound, InvalidInput for an unknown outcome, IllegalTransition when it is completed already.
    """
    conversation = locked(actor, conversation_id)
    if outcome not in STAFF_OUTCOMES:
        raise InvalidInput("Choose how this was resolved", code="empty", field="outcome")
    change_state(actor, conversation, Event.COMPLETE, assigned=conversation.assignee_id is not None)
    now = clock.now()
    conversation.completed_at, conversation.outcome = now, outcome
    conversation.team_unread, conversation.possibly_urgent = False, False
    conversation.save()
    # Nobody is writing an answer any more; what was begun can be brought back.
    answers.put_away_current(actor, conversation)
    end_obligation(
        actor=actor, conversation=conversation, end=ObligationEnd.HANDLED, staff_id=check_staff(actor), at=now
    )
    return conversation


@transaction.atomic
def reopen(*, actor: Actor, conversation_id: uuid.UUID) -> Conversation:
    """Open a completed conversation again; only a new message of the veteran starts a clock.

    Raises NotFound, IllegalTransition when it is not completed.
    """
    conversation = locked(actor, conversation_id)
    record_many(actor=actor, events=back_to_work(conversation, Event.REOPEN))
    came(actor, conversation)
    conversation.save()
    return conversation
