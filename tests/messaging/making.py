"""Rows for tests of the clock and the outbox: a conversation without a word in it, and who works on it."""

import datetime as dt
import itertools
import uuid

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.models import Account
from eligibility.models import CareTeam
from messaging.models import Category, Conversation, Message, Obligation, Side, State
from messaging.response.actions import start_obligation
from smportal import clock
from smportal.actor import Actor
from tests import factories

# A Tuesday, 10:00 in New York in winter: due on Friday, March 6, 10:00.
TUESDAY = dt.datetime(2026, 3, 3, 15, tzinfo=dt.UTC)
CANARY = "zebracanary"
_numbers = itertools.count(1_000_000_001)


def make_conversation(team: CareTeam | None = None, *, at: dt.datetime = TUESDAY) -> Conversation:
    """Make a conversation of a veteran who may sign in and has a verified address."""
    team = team or factories.make_team(public_name=f"Team {CANARY}")
    record = factories.make_record()
    verify_address(factories.make_account(record))
    conversation = Conversation(
        record=record,
        team=team,
        category=Category.GENERAL,
        number=next(_numbers),
        started_by=Side.VETERAN,
        created_at=at,
        last_message_at=at,
        last_from=Side.VETERAN,
        message_count=1,
        state=State.NEW,
    )
    conversation.seal_text("subject_sealed", f"About {CANARY}")
    conversation.save(force_insert=True)
    return conversation


def make_message(conversation: Conversation, *, side: Side = Side.STAFF, at: dt.datetime | None = None) -> Message:
    """Make one sent entry."""
    message = Message(
        conversation=conversation,
        record_id=conversation.record_id,
        number=next(_numbers),
        side=side,
        sent_at=at or clock.now(),
        draft_id=uuid.uuid4(),
        content_digest=b"test",
    )
    message.seal_text("body_sealed", f"The {CANARY} is well.")
    message.save(force_insert=True)
    return message


def make_obligation(team: CareTeam | None = None, *, at: dt.datetime = TUESDAY) -> Obligation:
    """Make a veteran's message wait for an answer since `at`."""
    conversation = make_conversation(team, at=at)
    with transaction.atomic():
        return start_obligation(actor=Actor.system("test"), conversation=conversation, at=at)


def verify_address(account: Account, address: str = "") -> EmailAddress:
    """Give an account its verified primary address."""
    made: EmailAddress = EmailAddress.objects.create(
        user=account, email=address or account.email, verified=True, primary=True
    )
    return made
