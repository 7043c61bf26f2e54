"""What the cast has to answer with: templates at each level, a signature, and an answer that a team shares, not sent yet."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

from eligibility.models import CareTeam
from messaging.answering import actions as answers
from messaging.mailbox.content import DraftContent
from messaging.reply_templates import actions as templates
from messaging.reply_templates.actions import Holder, Wording
from messaging.staff_signing import set_staff_signature
from smportal.devstack.world.acting import Acting, draft_id
from smportal.devstack.world.plan import Plan
from smportal.devstack.world.staff import ADMINISTRATOR, StaffPersona
from smportal.devstack.world.threads import MARGIN, Thread
from smportal.devstack.world.timeline import MINUTE

LEAD: Final = "daniel.whitehorse"
TEAM: Final = "PDX-PACT-BLUE3"
OWN: Final = Wording(
    "Blood pressure log",
    "medication",
    "Dear {first_name},\n\nplease take your blood pressure twice a day for one week, at rest, and write the numbers "
    "down: {{date}}, {{morning}}, {{evening}}. Send them here, or bring them along.\n\n{my_name}",
)
TEAMS: Final = Wording(
    "Call for an appointment",
    "appointment",
    "Dear {first_name},\n\nplease call {team} at {team_phone} and ask for the next free visit. If a video visit suits "
    "you better, say so.\n\n{my_name}, {my_title}",
)
FACILITYS: Final = Wording(
    "Where to send records",
    "administrative",
    "Dear {veteran_name},\n\ncopies of your records come from the release of information office of {facility}. Call "
    "{facility_phone}, or stop by on any weekday.\n\n{my_name}",
)
BEGUN: Final = "Thank you for writing. I have looked at your last results, and before I answer I would like to ask"

Step = tuple[dt.datetime, Callable[[], None]]


def steps(plan: Plan, acting: Acting, now: dt.datetime, threads: Sequence[Thread]) -> Iterator[Step]:
    """Yield who does what, and when; a small world may lack the people."""
    lead = next((person for person in plan.staff if person.key == LEAD), None)
    if lead is None or TEAM not in lead.leads:
        return
    at = now - MARGIN / 5
    yield at, partial(_add, acting, lead, "own", OWN)
    yield at + MINUTE, partial(_add, acting, lead, "team", TEAMS)
    station = next(team.station for team in plan.teams if team.code == TEAM)
    administrators = {place: who for who in plan.staff for role, place in who.grants if role == ADMINISTRATOR}
    administrator = administrators.get(station) or administrators.get("")
    if administrator is not None:
        yield at + 2 * MINUTE, partial(_add, acting, administrator, "facility", FACILITYS)
    yield at + 3 * MINUTE, partial(_sign, acting, lead)
    waiting = [each for each in threads if each.part.team.code == TEAM and each.ends in {"unanswered", "in_progress"}]
    if waiting:
        latest = max(waiting, key=lambda each: each.entries[-1].at)
        yield at + 4 * MINUTE, partial(_begin, acting, lead, latest)


def _add(acting: Acting, who: StaffPersona, level: str, wording: Wording) -> None:
    team = CareTeam.objects.get(code=TEAM)
    holders = {
        "own": Holder("own"),
        "team": Holder("team", team_id=team.id),
        "facility": Holder("facility", facility_id=team.facility_id),
    }
    templates.add(
        actor=acting.staff(who),
        template_id=draft_id("template", level),
        holder=holders[level],
        wording=wording,
    )


def _sign(acting: Acting, who: StaffPersona) -> None:
    set_staff_signature(actor=acting.staff(who), on=True, line="Blue team 3, second floor")


def _begin(acting: Acting, who: StaffPersona, thread: Thread) -> None:
    answers.save_answer(
        actor=acting.staff(who),
        conversation_id=acting.conversation(thread.key),
        draft_id=draft_id(thread.key, "answer"),
        version=0,
        content=DraftContent(body=BEGUN, with_signature=True),
    )
