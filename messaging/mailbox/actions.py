"""What a veteran does with messages: send, reply, keep. Each action is one transaction."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from eligibility.models import Acknowledgement
from messaging import posting, signing, workflow
from messaging.acknowledging.sending import acknowledge
from messaging.attachments import actions as files
from messaging.attachments.queries import checked_basket
from messaging.inbox.states import back_to_work
from messaging.mailbox.content import DraftContent, ReplyContent, SendContent, checked_content, checked_reply
from messaging.mailbox.drafts import check_current, own_draft, save_draft
from messaging.models import Conversation, Draft, Message, Side, State
from messaging.notifications.actions import tell_team
from messaging.permissions import check_veteran, check_write, visible_conversations
from messaging.response.actions import start_obligation
from messaging.signing import LegalSignature
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import Event, record
from smportal.crypto.envelope import sealing_key
from smportal.errors import NotFound, Refused

REPLY_WINDOW = dt.timedelta(days=45)


def send(
    *,
    actor: Actor,
    draft_id: uuid.UUID,
    content: DraftContent,
    version: int | None = None,
    possibly_urgent: bool = False,
    file_ids: Collection[uuid.UUID] = (),
) -> Message:
    """Send a new message exactly once, and return it; the draft's id is the idempotency key.

    Sending again the same content under the same id returns the same message. Raises InvalidInput
    naming the field, Refused when a rule says no (what was typed is kept as a draft), Conflict for
    another content under the same id, NotFound for somebody else's draft. `file_ids` are the draft's
    files that the page showed (`attachments.actions.claim`). With the `version` that
    its page was opened with, a newer text of the draft is not dropped either: DraftChangedElsewhere.
    """
    whole = checked_content(content)
    sent = whole.digested(file_ids)
    try:
        return posting.exactly_once(
            lambda: _send(actor, draft_id, whole, sent, file_ids, version=version, possibly_urgent=possibly_urgent),
            actor=actor,
            draft_id=draft_id,
            content=sent,
        )
    except Refused as refusal:
        _keep_refused(actor, draft_id, content, None, refusal)
        raise


def _send(
    actor: Actor,
    draft_id: uuid.UUID,
    whole: SendContent,
    sent: bytes,
    file_ids: Collection[uuid.UUID],
    *,
    version: int | None,
    possibly_urgent: bool,
) -> Message:
    record_id = check_veteran(actor)
    draft = own_draft(actor, draft_id, lock=True)
    if earlier := posting.already_sent(actor=actor, draft_id=draft_id, content=sent):
        return earlier
    if draft is not None and draft.conversation_id is not None:
        raise NotFound
    check_current(draft, version, whole.as_draft())
    team = check_write(actor, whole.team_id, reply=False)
    if team.needs_legal_signature:
        signing.check_legal(whole.legal)
    # A draft that was begun under a record that was merged into the veteran's keeps its files under that one.
    held_by = draft.record_id if draft else record_id
    attached = files.claim(basket=checked_basket(actor, held_by, draft_id, None), file_ids=file_ids)
    now = clock.now()
    number = posting.new_number()
    conversation = Conversation(
        record_id=record_id,
        team_id=team.team_id,
        category=whole.category,
        number=number,
        started_by=Side.VETERAN,
        created_at=now,
        last_message_at=now,
        last_from=Side.VETERAN,
        last_sent_at=now,
        state=workflow.move(State.NEW, workflow.Event.VETERAN_WRITES, assigned=False),
        team_unread=True,
        possibly_urgent=possibly_urgent,
    )
    if draft is not None:
        conversation.continues_id, conversation.copy_of_id = draft.continues_id, draft.copy_of_id
    key = sealing_key(conversation.sealing_owner())
    conversation.seal_text("subject_sealed", whole.subject, key=key)
    message = posting.append_message(
        conversation=conversation,
        author=posting.Author(Side.VETERAN, actor.account_id),
        body=whole.body,
        draft_id=draft_id,
        content=sent,
        at=now,
        possibly_urgent=possibly_urgent,
        number=number,
        attachment_count=len(attached),
        key=key,
    )
    signing.seal_parts(
        message,
        key=key,
        guided=whole.guided.packed(),
        signature=signing.signature_of(actor.account_id) if whole.with_signature else "",
        legal=whole.legal if team.needs_legal_signature else None,
    )
    conversation.save(force_insert=True)
    message.save(force_insert=True)
    files.bind(message=message, files=attached)
    _after_veteran_message(actor, conversation, message, draft, team.acknowledgement)
    return message


def _after_veteran_message(
    actor: Actor,
    conversation: Conversation,
    message: Message,
    draft: Draft | None,
    acknowledgement: str,
    along_with: Sequence[Event] = (),
) -> None:
    """Start the clock, write the audit row, tell who wants to know, let the draft go: with the message or not at all."""
    sent = Event(
        deed=Deed.MESSAGE_SENT,
        subject_id=conversation.record_id,
        object_kind="message",
        object_id=message.id,
        details={
            "conversation": str(conversation.id),
            "team": str(conversation.team_id),
            "possibly_urgent": message.possibly_urgent,
            "legally_signed": message.legal_sealed is not None,
        },
    )
    waits = start_obligation(actor=actor, conversation=conversation, at=message.sent_at, along_with=[sent, *along_with])
    if acknowledgement != Acknowledgement.OFF:
        acknowledge(conversation=conversation, message=message, waits=waits)
    tell_team(conversation, message)
    if draft is not None:
        Draft.objects.filter(id=draft.id).delete()


def _keep_refused(
    actor: Actor, draft_id: uuid.UUID, content: DraftContent, conversation_id: uuid.UUID | None, refusal: Refused
) -> None:
    """A refused send loses nothing: the text stays as a draft, and the refusal is on record."""
    with transaction.atomic():
        draft = own_draft(actor, draft_id)
        save_draft(
            actor=actor,
            draft_id=draft_id,
            version=draft.version if draft else 0,
            content=content,
            conversation_id=conversation_id,
        )
        record(
            actor=actor,
            deed=Deed.SEND_REFUSED,
            subject_id=actor.record_id,
            object_kind="draft",
            object_id=draft_id,
            reason=refusal.code,
        )


def reply(
    *,
    actor: Actor,
    conversation_id: uuid.UUID,
    draft_id: uuid.UUID,
    body: str,
    with_signature: bool = False,
    legal: LegalSignature | None = None,
    version: int | None = None,
    possibly_urgent: bool = False,
    file_ids: Collection[uuid.UUID] = (),
) -> Message:
    """Reply in an own conversation exactly once, and return the message; see `send` for what is raised."""
    content = DraftContent(body=body, with_signature=with_signature, legal=legal or LegalSignature())
    whole = checked_reply(content)
    sent = whole.digested(conversation_id, file_ids)
    try:
        return posting.exactly_once(
            lambda: _reply(
                actor,
                conversation_id,
                draft_id,
                whole,
                sent,
                file_ids,
                version=version,
                possibly_urgent=possibly_urgent,
            ),
            actor=actor,
            draft_id=draft_id,
            content=sent,
        )
    except Refused as refusal:
        _keep_refused(actor, draft_id, content, conversation_id, refusal)
        raise


def _reply(
    actor: Actor,
    conversation_id: uuid.UUID,
    draft_id: uuid.UUID,
    whole: ReplyContent,
    sent: bytes,
    file_ids: Collection[uuid.UUID],
    *,
    version: int | None,
    possibly_urgent: bool,
) -> Message:
    conversation = locked_conversation(actor, conversation_id)
    draft = own_draft(actor, draft_id, lock=True)
    if earlier := posting.already_sent(actor=actor, draft_id=draft_id, content=sent):
        return earlier
    check_current(draft, version, whole.as_draft())
    check_window(conversation)
    team = check_write(actor, conversation.team_id, reply=True)
    if team.needs_legal_signature:
        signing.check_legal(whole.legal)
    attached = files.claim(
        basket=checked_basket(actor, conversation.record_id, draft_id, conversation_id), file_ids=file_ids
    )
    now = clock.now()
    key = sealing_key(conversation.sealing_owner())
    message = posting.append_message(
        conversation=conversation,
        author=posting.Author(Side.VETERAN, actor.account_id),
        body=whole.body,
        draft_id=draft_id,
        content=sent,
        at=now,
        possibly_urgent=possibly_urgent,
        attachment_count=len(attached),
        key=key,
    )
    signing.seal_parts(
        message,
        key=key,
        signature=signing.signature_of(actor.account_id) if whole.with_signature else "",
        legal=whole.legal if team.needs_legal_signature else None,
    )
    returned = _return_to_team(conversation, now, possibly_urgent=possibly_urgent)
    conversation.save()
    message.save(force_insert=True)
    files.bind(message=message, files=attached)
    _after_veteran_message(actor, conversation, message, draft, team.acknowledgement, along_with=returned)
    return message


def _return_to_team(conversation: Conversation, now: dt.datetime, *, possibly_urgent: bool) -> list[Event]:
    """Put the conversation back before the team; return the audit events of it."""
    conversation.last_sent_at = now
    conversation.team_unread = True
    conversation.possibly_urgent = conversation.possibly_urgent or possibly_urgent
    return back_to_work(conversation, workflow.Event.VETERAN_WRITES)


def is_window_open(conversation: Conversation) -> bool:
    """Tell whether the last message, of either side, is at most 45 days old (domain rules, section 4)."""
    return clock.now() - conversation.last_message_at <= REPLY_WINDOW


def check_window(conversation: Conversation) -> None:
    """Raise Refused when nobody has written for more than 45 days."""
    if not is_window_open(conversation):
        raise Refused(
            _(
                "The last message here is more than 45 days old, so we can’t add to it. Nothing was lost: your text is "
                "kept, and goes along when you continue as a new conversation."
            ),
            code="window_closed",
        )


def locked_conversation(actor: Actor, conversation_id: uuid.UUID) -> Conversation:
    """Return the actor's conversation, locked until the transaction ends. Raises NotFound."""
    conversation = visible_conversations(actor).select_for_update(of=("self",)).filter(id=conversation_id).first()
    if conversation is None:
        raise NotFound
    return conversation
