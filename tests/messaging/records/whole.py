"""A conversation in which every part has something to show, each with a canary of its own."""

import datetime as dt
import uuid
from typing import Final

from accounts.models import Account
from eligibility.models import CareTeam
from messaging import signing
from messaging.attachments import scanning
from messaging.attachments.baskets import basket_of
from messaging.attachments.queries import in_basket
from messaging.disclosure import disclose
from messaging.guided import Guided
from messaging.inbox import actions as team_actions
from messaging.inbox import handing_over
from messaging.mailbox import actions
from messaging.mailbox.content import DraftContent
from messaging.mailbox.continuing import copy_to_another_team
from messaging.mailbox.drafts import content_of
from messaging.mailbox.withdrawing import withdraw
from messaging.models import Message
from messaging.signing import LegalSignature
from smportal import clock
from smportal.actor import Actor
from smportal.devstack.devscan import EICAR
from tests import factories
from tests.messaging.attachments import making
from tests.messaging.threads import DAY, TUESDAY, Thread

SYSTEM = Actor.system("test")
# What somebody typed or is called: the same in every language.
TYPED: Final = (
    "subjectcanary",
    "bodycanary",
    "medicinecanary",
    "strengthcanary",
    "signaturecanary",
    "Signed Canary",
    "readycanary.txt",
    "refusedcanary.txt",
    "waitingcanary.txt",
    "answercanary",
    "Nora Nurse, Nurse",
    "Heart canary team",
    "Copy canary team",
)


class Whole(Thread):
    """Signed and with a form and files, opened, answered, handed over, copied, not needed any more.

    Needs the fixtures `store` and `devscan`: one of the files was refused by the scanner, one waits for it.
    """

    def __init__(self, began: dt.datetime = TUESDAY) -> None:
        super().__init__("About subjectcanary")
        self.team.needs_legal_signature = True
        self.team.save()
        self.heart = factories.make_team(self.team.facility, public_name="Heart canary team")
        self.other = factories.make_team(public_name="Copy canary team")
        for team in (self.heart, self.other):
            factories.participate(factories.make_staff(team), team)
        factories.associate(self.record, self.other)
        signing.set_signature(actor=self.veteran, text_typed="Yours,\nsignaturecanary")
        nurse = factories.staff_actor(self.nurse)
        with clock.at(began):
            self.first = self._send_with_everything()
        conversation_id = self.first.conversation_id
        with clock.at(began + DAY / 4):
            self.answer(conversation_id, "Take it, says the answercanary.")
            self.copied = self._copy()
        with clock.at(began + DAY / 2):
            self._reply_with_a_file()
            disclose(actor=nurse, conversation_id=conversation_id)
        with clock.at(began + DAY):
            handing_over.hand_over(
                actor=nurse, conversation_id=conversation_id, team_id=self.heart.id, key=uuid.uuid4()
            )
            withdraw(actor=self.veteran, conversation_id=conversation_id)

    def _attach(
        self, draft_id: uuid.UUID, *files: tuple[bytes, str], conversation_id: uuid.UUID | None = None
    ) -> list[uuid.UUID]:
        basket = basket_of(self.veteran, draft_id, conversation_id)
        return [making.add(self.veteran, basket, content, name).id for content, name in files]

    def _send_with_everything(self) -> Message:
        draft_id = uuid.uuid4()
        file_ids = self._attach(draft_id, (making.TEXT, "readycanary.txt"), (EICAR, "refusedcanary.txt"))
        answers = {"medicine": "medicinecanary", "strength": "strengthcanary", "left": "days", "delivery": "mail"}
        content = DraftContent(
            self.team.id,
            "medication",
            self.subject,
            "The bodycanary hurts.",
            Guided("prescription_renewal", answers),
            with_signature=True,
            legal=LegalSignature("Signed Canary", certified=True),
        )
        message = actions.send(actor=self.veteran, draft_id=draft_id, content=content, file_ids=file_ids)
        scanning.scan(actor=SYSTEM)
        return message

    def _reply_with_a_file(self) -> None:
        draft_id, conversation_id = uuid.uuid4(), self.first.conversation_id
        file_ids = self._attach(draft_id, (making.TEXT, "waitingcanary.txt"), conversation_id=conversation_id)
        actions.reply(
            actor=self.veteran,
            conversation_id=conversation_id,
            draft_id=draft_id,
            body="Thank you.",
            legal=LegalSignature("Signed Canary", certified=True),
            file_ids=file_ids,
        )

    def nurse_of(self, team: CareTeam) -> Actor:
        """Return somebody who answers for a team."""
        return factories.staff_actor(factories.make_staff(team, name=f"Ida Nurse of {team.public_name}"))

    def legal_reply(self, body: str) -> None:
        """Write once more, signed as the team asks."""
        actions.reply(
            actor=self.veteran,
            conversation_id=self.first.conversation_id,
            draft_id=uuid.uuid4(),
            body=body,
            legal=LegalSignature("Signed Canary", certified=True),
        )

    def answer_by(self, nurse: Actor, body: str) -> None:
        """Let somebody of the team that has it now answer."""
        team_actions.reply(actor=nurse, conversation_id=self.first.conversation_id, draft_id=uuid.uuid4(), body=body)

    def _copy(self) -> Message:
        draft = copy_to_another_team(actor=self.veteran, message_id=self.first.id)
        kept = content_of(draft)
        content = DraftContent(self.other.id, kept.category, kept.subject, kept.body)
        came_along = [info.id for info in in_basket(basket_of(self.veteran, draft.id, None))]
        return actions.send(actor=self.veteran, draft_id=draft.id, content=content, file_ids=came_along)

    def reads_in(self, language: str) -> None:
        """Let the veteran read in another language from now on."""
        Account.objects.filter(id=self.account.id).update(language=language)
