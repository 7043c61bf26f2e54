"""Conversations with chosen words at chosen times, made by the actions that pages call."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from accounts.models import Account, VeteranRecord
from eligibility.models import CareTeam
from messaging.models import Attachment, AttachmentState, Category, Conversation, Message, Side, State
from messaging.posting import Author, append_message, new_number
from smportal.crypto.envelope import sealing_key

START = dt.datetime(2026, 3, 3, 15, tzinfo=dt.UTC)


def make_thread(
    record: VeteranRecord,
    team: CareTeam,
    subject: str,
    bodies: Sequence[str],
    *,
    at: dt.datetime = START,
    apart: dt.timedelta = dt.timedelta(minutes=1),
    author: str = "Nora Nurse",
    category: str = Category.GENERAL,
    **fields: Any,
) -> Conversation:
    """Make a conversation with messages from `at` on, the veteran's and the team's in turn."""
    usual = {"last_sent_at": at, "state": State.NEW, "number": new_number()}
    conversation = Conversation(
        record=record,
        team=team,
        category=category,
        started_by=Side.VETERAN,
        created_at=at,
        last_message_at=at,
        last_from=Side.VETERAN,
        **(usual | fields),
    )
    key = sealing_key(conversation.sealing_owner())
    conversation.seal_text("subject_sealed", subject, key=key)
    messages = [
        append_message(
            conversation=conversation,
            author=Author(Side.STAFF, None, name=author) if turn % 2 else Author(Side.VETERAN, None),
            body=body,
            draft_id=uuid.uuid4(),
            content=b"test",
            at=at + turn * apart,
            number=None if turn else conversation.number,
            key=key,
        )
        for turn, body in enumerate(bodies)
    ]
    conversation.save(force_insert=True)
    for message in messages:
        message.save(force_insert=True)
    return conversation


def first_message(conversation: Conversation) -> Message:
    return Message.objects.filter(conversation=conversation).order_by("sent_at")[0]


def add_file(conversation: Conversation, account: Account, name: str) -> None:
    """Give the conversation's first message a file, as it is after the scan."""
    message = first_message(conversation)
    file = Attachment(
        record_id=conversation.record_id,
        side=Side.VETERAN,
        uploaded_by=account,
        draft_id=message.draft_id,
        conversation=conversation,
        message=message,
        kind="pdf",
        size=1,
        state=AttachmentState.READY,
        created_at=message.sent_at,
        next_scan_at=message.sent_at,
    )
    file.seal_text("name_sealed", name)
    file.seal_text("secret_sealed", "test")
    file.save(force_insert=True)
    Conversation.objects.filter(id=conversation.id).update(has_attachment=True)
