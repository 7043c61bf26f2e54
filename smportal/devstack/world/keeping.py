"""What one veteran of the cast keeps and takes along: a signed request that moved on, a copy, a withdrawal, an archive.

The texts of the rest of the world are plain letters; these show what a conversation can have beside its text.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from messaging import signing
from messaging.disclosure import disclose
from messaging.guided import Guided
from messaging.inbox import actions as inbox
from messaging.inbox import handing_over
from messaging.mailbox import actions as mailbox
from messaging.mailbox.content import DraftContent
from messaging.mailbox.continuing import copy_to_another_team
from messaging.mailbox.drafts import content_of
from messaging.mailbox.withdrawing import withdraw
from messaging.models import Message
from messaging.records.archive.actions import request_archive
from messaging.records.archive.making import make_archives
from smportal.actor import Actor
from smportal.devstack.world.acting import Acting, draft_id
from smportal.devstack.world.places import Team
from smportal.devstack.world.plan import Plan
from smportal.devstack.world.threads import MARGIN
from smportal.devstack.world.timeline import DAY, HOUR

KEEPER: Final = "denise.kowalski"
# The request, its copy, and the question that needs no answer any more.
CONVERSATIONS: Final = 3
MESSAGES: Final = 6
NOTES: Final = 1
_RENEWAL: Final = Guided(
    "prescription_renewal",
    {
        "medicine": "Albuterol inhaler",
        "strength": "90 mcg, two puffs when I need it",
        "number": "Rx 2719304",
        "left": "days",
        "delivery": "mail",
    },
)

Step = tuple[dt.datetime, Callable[[], None]]


def steps(plan: Plan, acting: Acting, now: dt.datetime) -> Iterator[Step]:
    """Yield who does what, and when; nothing in a world without this veteran or a second team."""
    person = next((each for each in plan.veterans if each.key == KEEPER), None)
    teams = [team for team in plan.teams_of(person, plan.parts()) if team.opted_in] if person else []
    if person is None or len(teams) < 2 or not plan.members(teams[0], "nurse"):
        return
    keeper = _Keeper(plan, acting, partial(acting.veteran, person), teams[0], teams[1])
    yield now - 6 * DAY, keeper.ask
    yield now - 6 * DAY + 2 * HOUR, keeper.be_answered
    yield now - 5 * DAY, keeper.ask_more
    yield now - 5 * DAY + HOUR, keeper.be_handed_over
    yield now - 5 * DAY + 4 * HOUR, keeper.be_answered_there
    yield now - 30 * HOUR, keeper.copy
    yield now - 3 * DAY, keeper.ask_something_else
    yield now - 2 * DAY, keeper.need_no_answer
    yield now - MARGIN / 3, keeper.ask_for_everything


class _Keeper:
    def __init__(self, plan: Plan, acting: Acting, veteran: Callable[[], Actor], first: Team, second: Team) -> None:
        self._plan, self._acting, self._veteran, self._first, self._second = plan, acting, veteran, first, second
        self._nurse = plan.members(first, "nurse")[0]

    def ask(self) -> None:
        """Ask for a renewal on its form, with a signature."""
        actor = self._veteran()
        signing.set_signature(actor=actor, text_typed="Denise Kowalski\nMornings are best for calls")
        content = DraftContent(
            self._acting.team(self._first.code),
            "medication",
            "Prescription renewal",
            "It helps, no side effects. The pollen is bad this month, so I use it more than last time.",
            _RENEWAL,
            with_signature=True,
        )
        mailbox.send(actor=actor, draft_id=_id("renewal"), content=content)

    def be_answered(self) -> None:
        """The nurse reads it and answers."""
        nurse = self._acting.staff(self._nurse)
        disclose(actor=nurse, conversation_id=_sent("renewal").conversation_id)
        words = "Thank you, Ms. Kowalski. I have asked for the renewal. It goes out by mail within a week."
        inbox.reply(
            actor=nurse, conversation_id=_sent("renewal").conversation_id, draft_id=_id("renewal-answer"), body=words
        )

    def ask_more(self) -> None:
        """Come back with something that another team knows better."""
        words = "Thanks! Can I pick one up at the window instead, so that I don’t run out before then?"
        conversation_id = _sent("renewal").conversation_id
        mailbox.reply(actor=self._veteran(), conversation_id=conversation_id, draft_id=_id("renewal-more"), body=words)

    def be_handed_over(self) -> None:
        """The nurse gives it to another team of the facility."""
        nurse, conversation = self._acting.staff(self._nurse), _sent("renewal").conversation
        disclose(actor=nurse, conversation_id=conversation.id)
        options = handing_over.destinations(conversation)
        if options:
            target = next((team for team in options if "PHARM" in team.internal_name), options[0])
            handing_over.hand_over(
                actor=nurse,
                conversation_id=conversation.id,
                team_id=target.id,
                key=_id("renewal-moves"),
                note="Window pick-up: yours to say.",
            )

    def be_answered_there(self) -> None:
        """Somebody of the team that has it now answers."""
        conversation = _sent("renewal").conversation
        members = [person for person in self._plan.staff if conversation.team.code in person.teams]
        someone = self._acting.staff(members[0])
        disclose(actor=someone, conversation_id=conversation.id)
        words = "Yes. It is ready at window 4 from tomorrow at 8 a.m.; we have taken it out of the mail."
        inbox.reply(actor=someone, conversation_id=conversation.id, draft_id=_id("renewal-there"), body=words)

    def copy(self) -> None:
        """Let another team know of it."""
        actor = self._veteran()
        draft = copy_to_another_team(actor=actor, message_id=_sent("renewal").id)
        kept = content_of(draft)
        content = DraftContent(
            self._acting.team(self._second.code),
            kept.category,
            kept.subject,
            kept.body,
            kept.guided,
            with_signature=True,
        )
        mailbox.send(actor=actor, draft_id=draft.id, content=content)

    def ask_something_else(self) -> None:
        """Ask what will have settled itself tomorrow."""
        content = DraftContent(
            self._acting.team(self._first.code),
            "administrative",
            "Parking on Friday",
            "Is the garage by the east entrance open again? I have an appointment on Friday morning.",
        )
        mailbox.send(actor=self._veteran(), draft_id=_id("parking"), content=content)

    def need_no_answer(self) -> None:
        """Tell the team so."""
        withdraw(actor=self._veteran(), conversation_id=_sent("parking").conversation_id)

    def ask_for_everything(self) -> None:
        """Ask for the archive, and let it be made."""
        request_archive(actor=self._veteran())
        make_archives(actor=Actor.system("archives"))


def _id(what: str) -> uuid.UUID:
    return draft_id(KEEPER, "keeping", what)


def _sent(what: str) -> Message:
    return Message.objects.select_related("conversation__team").get(draft_id=_id(what))
