"""Starting conversations: one action, for one veteran and, through `start_each`, for many (messaging.broadcasts)."""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db import transaction

from eligibility.holds import hold_member
from eligibility.models import StaffMember
from eligibility.reaching import Obstacle
from messaging import posting, workflow
from messaging.attachments import actions as files
from messaging.attachments.queries import checked_basket
from messaging.library import cards
from messaging.library.cards import Card
from messaging.mailbox.content import DraftContent, checked_content
from messaging.mailbox.drafts import check_current
from messaging.models import Attachment, Conversation, Draft, Message, NotificationKind, Side
from messaging.notifications.actions import Notice, notify_many
from messaging.permissions import check_staff
from messaging.starting import drafts
from messaging.starting.recipients import WORDS, Recipient, recipients
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import Detail, Event, record, record_many
from smportal.crypto.envelope import SealingKey, sealing_keys
from smportal.crypto.owner import Owner, OwnerKind
from smportal.errors import NotFound, Refused


@dataclass(frozen=True, slots=True)
class Text:
    """What is written, in normal form."""

    category: str
    subject: str
    body: str
    links: tuple[uuid.UUID, ...] = ()

    @classmethod
    def checked(cls, content: DraftContent, team_id: uuid.UUID) -> "Text":
        """Return the text of a draft. Raises InvalidInput for each field at fault, as a veteran's send does."""
        whole = checked_content(replace(content, team_id=team_id))
        cards.check_choice(content.links)
        return cls(whole.category, whole.subject, whole.body, content.links)

    def digested(self, file_ids: Collection[uuid.UUID] = ()) -> bytes:
        """Return what makes another content of it; team and veteran are the draft's, which never change."""
        said = (self.category, self.subject, self.body, *cards.digested(self.links))
        return posting.content_of(*said, file_ids=file_ids)


@dataclass(frozen=True, slots=True)
class Start:
    """One conversation to start. `draft_id` is its idempotency key; `attached` are claimed files."""

    draft_id: uuid.UUID
    record_id: uuid.UUID
    attached: Sequence[Attachment] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """What the conversations of one call share. `assignee_id` gets the veteran's answer; `details` go to the trail."""

    author: StaffMember
    team_id: uuid.UUID
    text: Text
    content: bytes
    cards: Sequence[Card] = ()
    assignee_id: uuid.UUID | None = None
    details: Mapping[str, Detail] | None = None


def start(
    *,
    actor: Actor,
    draft_id: uuid.UUID,
    content: DraftContent,
    version: int | None = None,
    file_ids: Collection[uuid.UUID] = (),
) -> Message:
    """Send what the actor wrote to one veteran exactly once, and return the message.

    The conversation begins as answered and assigned to the actor; no clock runs until the veteran writes. Raises
    InvalidInput naming the field; Refused, with the text kept in the draft, when the veteran cannot be written to
    or the actor has left the team; Conflict for another content under the same id, and NotFound.
    """
    check_staff(actor)
    whole = Text.checked(content, drafts.team_of(actor, draft_id))
    sent = whole.digested(file_ids)
    try:
        return posting.exactly_once(
            lambda: _start(actor, draft_id, whole, sent, version, file_ids),
            actor=actor,
            draft_id=draft_id,
            content=sent,
        )
    except Refused as refusal:
        _keep_refused(actor, draft_id, content, refusal)
        raise


def _start(
    actor: Actor,
    draft_id: uuid.UUID,
    whole: Text,
    sent: bytes,
    version: int | None,
    file_ids: Collection[uuid.UUID],
) -> Message:
    draft = drafts.own_draft(actor, draft_id, lock=True)
    if earlier := posting.already_sent(actor=actor, draft_id=draft_id, content=sent):
        return earlier
    if draft is None or draft.team_id is None:
        raise NotFound
    check_current(draft, version, _as_draft(draft.team_id, whole))
    author = StaffMember.objects.get(id=check_staff(actor))
    if not hold_member(author.id, draft.team_id):
        raise Refused("You are no longer a member of this team, so you can’t write for it.", code="not_a_member")
    attached = files.claim(basket=checked_basket(actor, draft.record_id, draft_id, None), file_ids=file_ids)
    order = Order(author, draft.team_id, whole, sent, cards.chosen(whole.links), assignee_id=author.id)
    made = start_each(actor=actor, order=order, starts=[Start(draft_id, draft.record_id, attached)])[draft_id]
    if isinstance(made, Obstacle):
        raise Refused(WORDS[made], code=made.value, field="record")
    Draft.objects.filter(id=draft_id).delete()
    return made


def _as_draft(team_id: uuid.UUID, whole: Text) -> DraftContent:
    return DraftContent(team_id, whole.category, whole.subject, whole.body, links=whole.links)


def _keep_refused(actor: Actor, draft_id: uuid.UUID, content: DraftContent, refusal: Refused) -> None:
    with transaction.atomic():
        draft = drafts.save_draft(actor=actor, draft_id=draft_id, version=None, content=content)
        record(
            actor=actor,
            deed=Deed.SEND_REFUSED,
            subject_id=draft.record_id,
            object_kind="draft",
            object_id=draft_id,
            reason=refusal.code,
        )


def start_each(*, actor: Actor, order: Order, starts: Sequence[Start]) -> dict[uuid.UUID, Message | Obstacle]:
    """Start a conversation with each of these veterans who may be written to now; say of the others why not.

    Runs in the caller's transaction, which has checked that the author may write for the team. It costs the same
    few statements for one and for many. The result is by draft id.
    Raises django.db.IntegrityError when a message number or a draft id is taken.
    """
    whom = recipients(team_id=order.team_id, record_ids=[start.record_id for start in starts], lock=True)
    allowed = [start for start in starts if whom[start.record_id].obstacle is None]
    owners = [Owner(OwnerKind.VETERAN, whom[start.record_id].record_id) for start in allowed]
    keys = sealing_keys(owners)
    now = clock.now()
    messages = [
        _message(order, start, whom[start.record_id], now, keys[owner])
        for start, owner in zip(allowed, owners, strict=True)
    ]
    Conversation.objects.bulk_create([message.conversation for message in messages])
    Message.objects.bulk_create(messages)
    for start, message in zip(allowed, messages, strict=True):
        files.bind(message=message, files=start.attached)
    _tell(actor, order, [(message, whom[start.record_id]) for start, message in zip(allowed, messages, strict=True)])
    sent = {message.draft_id: message for message in messages}
    return {start.draft_id: sent.get(start.draft_id) or _why(whom[start.record_id]) for start in starts}


def _why(recipient: Recipient) -> Obstacle:
    return recipient.obstacle or Obstacle.UNKNOWN


def _message(order: Order, start: Start, whom: Recipient, now: dt.datetime, key: SealingKey) -> Message:
    """Make the conversation with its first entry; nothing is stored yet."""
    number = posting.new_number()
    conversation = Conversation(
        record_id=whom.record_id,
        team_id=order.team_id,
        category=order.text.category,
        number=number,
        started_by=Side.STAFF,
        created_at=now,
        last_message_at=now,
        last_from=Side.STAFF,
        state=workflow.BEGINNINGS[workflow.Event.START],
        assignee_id=order.assignee_id,
        veteran_unread=True,
    )
    conversation.seal_text("subject_sealed", order.text.subject, key=key)
    author = order.author
    message = posting.append_message(
        conversation=conversation,
        author=posting.Author(Side.STAFF, author.account_id, author.id, author.name, author.title),
        body=order.text.body,
        draft_id=start.draft_id,
        content=order.content,
        at=now,
        number=number,
        attachment_count=len(start.attached),
        key=key,
    )
    cards.seal(message, order.cards, key=key)
    return message


def _tell(actor: Actor, order: Order, made: Sequence[tuple[Message, Recipient]]) -> None:
    """Write the audit rows and owe the veterans their emails: with the messages or not at all."""
    events = [
        Event(
            deed=Deed.MESSAGE_SENT,
            subject_id=message.record_id,
            object_kind="message",
            object_id=message.id,
            reason="started",
            details={"conversation": str(message.conversation_id), "team": str(order.team_id), **(order.details or {})},
        )
        for message, _ in made
    ]
    record_many(actor=actor, events=events)
    notify_many(Notice(NotificationKind.NEW_MESSAGE, recipient.account_ids, message.id) for message, recipient in made)
