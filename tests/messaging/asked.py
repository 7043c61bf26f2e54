"""A team that a veteran has asked something, for tests of what the team does with it."""

import datetime as dt
import uuid
from typing import Any

from eligibility.models import StaffMember
from messaging.inbox import actions
from messaging.mailbox import actions as mailbox_actions
from messaging.mailbox.content import DraftContent
from messaging.models import Conversation, Message
from smportal import clock
from smportal.actor import Actor
from tests import factories

TUESDAY = dt.datetime(2026, 3, 3, 15, tzinfo=dt.UTC)


class World:
    """A veteran who has written to a team on Tuesday, and two of the team's members."""

    def __init__(self) -> None:
        account, self.record, self.team = factories.make_eligible_veteran()
        self.veteran = factories.actor_for(account)
        self.nurse_row: StaffMember = factories.make_staff(self.team, name="Nora Nurse")
        self.nurse: Actor = factories.staff_actor(self.nurse_row)
        self.clerk: Actor = factories.staff_actor(factories.make_staff(self.team, name="Cleo Clerk"))
        with clock.at(TUESDAY):
            self.message: Message = self.write("It hurts.")

    def write(self, body: str) -> Message:
        content = DraftContent(team_id=self.team.id, category="general", subject="Knee", body=body)
        return mailbox_actions.send(actor=self.veteran, draft_id=uuid.uuid4(), content=content)

    @property
    def conversation_id(self) -> uuid.UUID:
        return self.message.conversation_id

    @property
    def conversation(self) -> Conversation:
        return Conversation.objects.get(id=self.conversation_id)

    def answer(self, body: str = "Please come in.", **options: Any) -> Message:
        return actions.reply(
            actor=self.nurse, conversation_id=self.conversation_id, draft_id=uuid.uuid4(), body=body, **options
        )
