"""A conversation with a few messages, a clinic, and notes made of them."""

import uuid
from dataclasses import replace

from messaging.health_record import actions
from messaging.health_record.actions import relay
from messaging.health_record.preparing import Choice
from messaging.health_record.relaying import RelayResult
from messaging.models import Clinic, Message, RecordNote
from smportal.actor import Actor
from tests import factories
from tests.messaging.threads import Thread

SYSTEM = Actor.system("health record")


class Noting(Thread):
    """A veteran's question with an answer, a nurse who saves them, and the facility's clinic."""

    def __init__(self) -> None:
        super().__init__()
        self.question: Message = self.send()
        self.reply_of_team: Message = self.answer(self.question.conversation_id)
        self.conversation_id = self.question.conversation_id
        self.actor = factories.staff_actor(self.nurse)
        self.clinic: Clinic = make_clinic(self)
        self.choice = Choice([self.question.id, self.reply_of_team.id], "Knee pain by message", self.clinic.id)

    def seen(self, choice: Choice | None = None, actor: Actor | None = None) -> str:
        """Return the digest that the preview's form carries."""
        shown = actions.preview(
            actor=actor or self.actor, conversation_id=self.conversation_id, choice=choice or self.choice
        )
        return shown.digest.hex()

    def save(self, note_id: uuid.UUID | None = None, **changes: object) -> RecordNote:
        """Look at the preview and send it."""
        choice = replace(self.choice, **changes)  # type: ignore[arg-type]
        return actions.send(
            actor=self.actor,
            conversation_id=self.conversation_id,
            note_id=note_id or uuid.uuid4(),
            choice=choice,
            seen=self.seen(choice),
        )


def make_clinic(thread: Thread, *, code: str = "3049", name: str = "Primary Care Blue") -> Clinic:
    """Make a clinic of the team's facility."""
    return Clinic.objects.create(facility=thread.team.facility, code=code, name=name)


def file_all() -> RelayResult:
    """Run the relay once."""
    return relay(actor=SYSTEM)


def fresh(note: RecordNote) -> RecordNote:
    """Return the note as the database has it."""
    return RecordNote.objects.get(id=note.id)
