"""Why a care team may be missing from the team picker, and what became of asking for it.

Only teams that the veteran is or was associated with are named here, and facilities, which are
public. Whether a facility has other teams, and which, cannot be learned (attack A007).
"""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from eligibility import queries
from eligibility.decision import TeamDecision, decide_for
from eligibility.models import Answer, Facility, TeamRequest
from eligibility.rules import TeamReason
from smportal.actor import Actor, ActorKind

_WHY = {
    TeamReason.OK: _("You can write to this team. You’ll find it under this name when you start a new message."),
    TeamReason.NOT_ELIGIBLE: _(
        "This is your care team, but you can’t send messages yet. See what you need for secure messaging."
    ),
    TeamReason.NOT_ASSOCIATED: _("Our records don’t show that this team takes care of you."),
    TeamReason.ASSOCIATION_ENDED: _("Our records show that this team no longer takes care of you."),
    TeamReason.ASSOCIATION_NOT_STARTED: _("This team starts taking care of you at a later date."),
    TeamReason.TEAM_INACTIVE: _("This team no longer receives messages."),
    TeamReason.TEAM_BLOCKED: _("You can’t send messages to this team right now."),
    TeamReason.FACILITY_BLOCKED: _("You can’t send messages to this facility right now."),
    TeamReason.NO_PARTICIPATING_PROVIDER: _(
        "This is your care team, but no provider on it uses secure messaging right now."
    ),
}

ANSWERS = {
    Answer.ADDED: _("The facility added the team. You can write to it now."),
    Answer.NOT_PARTICIPATING: _("Nobody on that team uses secure messaging. Please call the facility instead."),
    Answer.NOT_ASSOCIATED: _(
        "The facility’s records don’t show that this team takes care of you. If you think that’s"
        " wrong, call the facility."
    ),
    Answer.OTHER_FACILITY: _("That team belongs to another facility. You can ask that facility."),
    Answer.CALL: _("Please call the facility. It needs to ask you something first."),
}


@dataclass(frozen=True, slots=True)
class OwnTeam:
    """One of the veteran's own teams, and what stands between them."""

    name: str
    care_type_label: str
    facility_name: str
    why: str
    may_write: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """The veteran's own teams at the facility that was chosen, and at others."""

    here: tuple[OwnTeam, ...]
    elsewhere: tuple[OwnTeam, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as the veteran sees it; `answer` is empty while it is open."""

    station_number: str
    facility_name: str
    asked_at: dt.datetime
    answer: str
    answered_at: dt.datetime | None


def facility_of(station_number: str) -> Facility | None:
    """Return a facility by its public number, or None."""
    return Facility.objects.filter(station_number=station_number).first()


def explain(actor: Actor, facility_id: int) -> Explanation:
    """Return which reason holds for each of the actor's own teams."""
    teams = decide_for(actor).teams
    return Explanation(
        here=tuple(_own(team) for team in teams if team.facility_id == facility_id),
        elsewhere=tuple(_own(team) for team in teams if team.facility_id != facility_id and team.associated),
    )


def _own(team: TeamDecision) -> OwnTeam:
    why = str(_WHY[TeamReason(team.reason)])
    return OwnTeam(team.public_name, team.care_type_label, team.facility_name, why, team.may_write)


def asked_by(actor: Actor) -> list[Asked]:
    """Return the requests of the veteran who acts, the latest first."""
    if actor.kind is not ActorKind.VETERAN or actor.record_id is None:
        return []
    rows = TeamRequest.objects.filter(record_id__in=queries.conversation_record_ids(actor)).select_related("facility")
    return [_asked(row) for row in rows.order_by("-asked_at", "id")]


def _asked(row: TeamRequest) -> Asked:
    answer = str(ANSWERS[Answer(row.answer)]) if row.answer else ""
    return Asked(row.facility.station_number, row.facility.name, row.asked_at, answer, row.answered_at)
