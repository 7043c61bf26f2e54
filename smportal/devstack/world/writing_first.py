"""What a triage lead of the cast writes without having been asked: to one veteran, once in error, and to many."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Final

from accounts.models import VeteranRecord
from messaging.broadcasts import actions as broadcasts
from messaging.broadcasts.content import Content
from messaging.broadcasts.making import make_broadcasts
from messaging.inbox import actions as inbox
from messaging.library.loading import id_of as link_id
from messaging.mailbox.content import DraftContent
from messaging.models import Conversation, Message
from messaging.sent_in_error.actions import withdraw
from messaging.starting import actions as starting
from messaging.starting import drafts
from smportal.actor import Actor
from smportal.devstack.world.acting import Acting, draft_id
from smportal.devstack.world.plan import Plan
from smportal.devstack.world.timeline import DAY, HOUR, MINUTE

LEAD: Final = "daniel.whitehorse"
ONE: Final = "denise.kowalski"
ONES_TEAM: Final = "PDX-PACT-BLUE3"
# The last of them has no verified account, so she is left out, as is a line that names nobody.
MANY: Final = ("marcus.dangelo", "gerald.fitzsimmons", "gloria.whitfield")
MANYS_TEAM: Final = "PDX-PACT-GRN1"
NOBODY: Final = "1999999999V999999"
CONVERSATIONS: Final = 3
MESSAGES: Final = 4

Step = tuple[dt.datetime, Callable[[], None]]


def steps(plan: Plan, acting: Acting, now: dt.datetime) -> Iterator[Step]:
    """Yield who does what, and when."""
    first = _First(plan, acting)
    yield now - 4 * DAY, first.write_to_one
    yield now - 4 * DAY + HOUR, first.write_in_error
    yield now - 4 * DAY + HOUR + 9 * MINUTE, first.withdraw
    yield now - 2 * DAY, first.write_to_many


class _First:
    def __init__(self, plan: Plan, acting: Acting) -> None:
        self._plan, self._acting = plan, acting

    def _lead(self) -> Actor:
        return self._acting.staff(next(person for person in self._plan.staff if person.key == LEAD))

    def _record(self, key: str) -> VeteranRecord:
        person = next(each for each in self._plan.veterans if each.key == key)
        record_id = self._acting.veteran(person).record_id
        if record_id is None:
            msg = f"{key} has no record"
            raise AssertionError(msg)
        return VeteranRecord.objects.get(id=record_id)

    def write_to_one(self) -> None:
        """Ask a veteran to come in."""
        lead, team_id = self._lead(), self._acting.team(ONES_TEAM)
        draft = drafts.begin(actor=lead, team_id=team_id, record_id=self._record(ONE).id)
        words = (
            "Ms. Kowalski, your yearly lung test is due. Please call the front desk for a date, or write here which "
            "mornings suit you."
        )
        starting.start(
            actor=lead, draft_id=draft.id, content=DraftContent(None, "appointment", "Your yearly lung test", words)
        )

    def write_in_error(self) -> None:
        """Send what was meant for somebody else."""
        conversation = Conversation.objects.get(record=self._record(ONE), started_by="staff")
        words = "Mr. Hale, your hearing aid is ready for pick-up at audiology, window 2."
        inbox.reply(actor=self._lead(), conversation_id=conversation.id, draft_id=draft_id(LEAD, "error"), body=words)

    def withdraw(self) -> None:
        """See it, and take it back."""
        message = Message.objects.get(draft_id=draft_id(LEAD, "error"))
        withdraw(actor=self._lead(), message_id=message.id, reason="wrong_veteran", note="Two windows were open.")

    def write_to_many(self) -> None:
        """Tell several veterans of the team the same."""
        lead = self._lead()
        draft = broadcasts.begin(actor=lead, team_id=self._acting.team(MANYS_TEAM))
        icns = "\n".join([*(self._record(key).icn for key in MANY), NOBODY])
        words = "Flu shots without an appointment: Monday to Friday, 8 a.m. to 3 p.m., at the primary care desk."
        links = (link_id("link", "https://www.cdc.gov/flu/"),)
        content = Content("general", "Flu shots are here", words, icns=icns, links=links)
        broadcasts.save_draft(actor=lead, broadcast_id=draft.id, version=None, content=content)
        broadcasts.check(actor=lead, broadcast_id=draft.id)
        make_broadcasts()
        broadcasts.confirm(actor=lead, broadcast_id=draft.id, count=len(MANY) - 1)
        make_broadcasts()
