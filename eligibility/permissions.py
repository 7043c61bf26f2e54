"""Who may change what veterans may do. Each rule a pair: check_…() raises, may_…() answers a template."""

import uuid

from eligibility import queries
from eligibility.models import CareTeam, Role
from smportal.actor import Actor, ActorKind
from smportal.errors import Refused


def check_may_administer(actor: Actor, facility_id: int | None) -> None:
    """Raise Refused unless the actor administers the facility; None asks for a national administrator.

    Background work (the feeds, the demo's history) may: it acts on what a person started.
    """
    if not may_administer(actor, facility_id):
        raise Refused("Only an administrator of this facility may change this.", code="not_administrator")


def may_administer(actor: Actor, facility_id: int | None) -> bool:
    """Tell whether the actor administers the facility (or a station above it), with a second factor."""
    if actor.kind is ActorKind.SYSTEM:
        return True
    if actor.kind is not ActorKind.STAFF or not actor.second_factor:
        return False
    scope = queries.scope_of(actor, Role.ADMINISTRATOR)
    return scope.everywhere if facility_id is None else scope.covers(facility_id)


def check_may_set_up(actor: Actor, team: CareTeam) -> None:
    """Raise Refused unless the actor leads the team or administers its facility."""
    if not (may_lead(actor, team.id) or may_administer(actor, team.facility_id)):
        raise Refused("Only a triage lead of this team or an administrator may change this.", code="not_lead")


def may_lead(actor: Actor, team_id: uuid.UUID) -> bool:
    """Tell whether the actor is an active triage lead of the team, with a second factor."""
    if actor.kind is not ActorKind.STAFF or not actor.second_factor:
        return False
    return any(person.staff_id == actor.staff_id for person in queries.leads_of(team_id))
