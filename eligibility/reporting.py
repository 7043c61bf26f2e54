"""Whose care teams somebody may see figures of."""

import uuid
from dataclasses import dataclass

from django.db.models import Q
from django.db.models.functions import Lower

from eligibility import queries
from eligibility.models import CareTeam, Role, TeamMembership
from smportal.actor import Actor, ActorKind


@dataclass(frozen=True, slots=True)
class ReportTeam:
    """A care team with its facility, under the names that staff see."""

    id: uuid.UUID
    name: str
    facility_id: int
    facility_name: str
    station: str
    time_zone: str


def teams_to_report(actor: Actor) -> list[ReportTeam]:
    """Return the teams that the actor leads and those of facilities that the actor administers, by facility and name.

    Teams that are closed are among them: what they did stays part of a period. Empty for everybody else.
    """
    if actor.kind is not ActorKind.STAFF or not actor.second_factor:
        return []
    scope = queries.scope_of(actor, Role.ADMINISTRATOR)
    teams = CareTeam.objects.order_by("facility__name", "facility_id", Lower("internal_name"), "id")
    if not scope.everywhere:
        own = Q(facility_id__in=scope.facility_ids) | Q(id__in=_led_by(actor))
        teams = teams.filter(own)
    rows = teams.values_list(
        "id", "internal_name", "facility_id", "facility__name", "facility__station_number", "facility__time_zone"
    )
    return [ReportTeam(*row) for row in rows]


def _led_by(actor: Actor) -> list[uuid.UUID]:
    own = queries.team_ids_of(actor)
    led = TeamMembership.objects.filter(
        staff_id=actor.staff_id, team_id__in=own, is_lead=True, ended_at__isnull=True
    ).order_by("team_id")
    return list(led.values_list("team_id", flat=True)) if own else []
