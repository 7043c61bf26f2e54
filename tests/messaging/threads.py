"""A veteran and a nurse with a conversation, for tests of what can be done with one."""

import datetime as dt
import uuid

from messaging.inbox import actions as team_actions
from messaging.mailbox import actions
from messaging.mailbox.content import DraftContent
from messaging.models import Conversation, Message
from smportal.actor import Actor
from tests import factories

TUESDAY = dt.datetime(2026, 3, 3, 15, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


class Thread:
    """An eligible veteran, a nurse of the team, and what they write."""

    def __init__(self, subject: str = "Knee pain") -> None:
        self.account, self.record, self.team = factories.make_eligible_veteran()
        self.veteran: Actor = factories.actor_for(self.account)
        self.nurse = factories.make_staff(self.team, name="Nora Nurse")
        self.subject = subject

    def send(self, body: str = "It hurts when I climb stairs.", *, possibly_urgent: bool = False) -> Message:
        content = DraftContent(self.team.id, "general", self.subject, body)
        return actions.send(actor=self.veteran, draft_id=uuid.uuid4(), content=content, possibly_urgent=possibly_urgent)

    def reply(self, conversation_id: uuid.UUID, body: str = "Thank you.") -> Message:
        return actions.reply(actor=self.veteran, conversation_id=conversation_id, draft_id=uuid.uuid4(), body=body)

    def answer(self, conversation_id: uuid.UUID, body: str = "Please rest it.") -> Message:
        return team_actions.reply(
            actor=factories.staff_actor(self.nurse),
            conversation_id=conversation_id,
            draft_id=uuid.uuid4(),
            body=body,
        )


def fresh(message: Message) -> Conversation:
    """Return the message's conversation as the database has it."""
    return Conversation.objects.get(id=message.conversation_id)
