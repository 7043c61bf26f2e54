"""Whose templates somebody sees, and which of them they may change."""

import uuid
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from eligibility import queries as eligibility_queries
from eligibility.models import CareTeam, Facility, Role, TeamMembership
from messaging.models import ReplyTemplate, TemplateLevel
from smportal.actor import Actor, ActorKind
from smportal.errors import NotFound


@dataclass(frozen=True, slots=True)
class Reach:
    """What somebody sees (own, of teams, of facilities), and which teams and facilities they may write for."""

    staff_id: uuid.UUID | None
    team_ids: frozenset[uuid.UUID]
    facility_ids: frozenset[int]
    led_ids: frozenset[uuid.UUID]
    administers: eligibility_queries.Scope

    def seen(self) -> Q:
        """Say which templates these are."""
        found = Q(level=TemplateLevel.TEAM, team_id__in=self.team_ids)
        if self.staff_id is not None:
            found |= Q(level=TemplateLevel.OWN, staff_id=self.staff_id)
        if self.administers.everywhere:
            return found | Q(level=TemplateLevel.FACILITY)
        return found | Q(
            level=TemplateLevel.FACILITY, facility_id__in=self.facility_ids | self.administers.facility_ids
        )

    def may_change(self, template: ReplyTemplate) -> bool:
        """Tell whether a template that is seen is also the person's to change."""
        match template.level:
            case TemplateLevel.OWN:
                return self.staff_id is not None and template.staff_id == self.staff_id
            case TemplateLevel.TEAM:
                return template.team_id in self.led_ids
            case _:
                return self.administers.covers(template.facility_id)


def reach_of(actor: Actor) -> Reach:
    """Return what the actor reaches. Raises NotFound for anybody but staff with a second factor."""
    if actor.kind is not ActorKind.STAFF or not actor.second_factor:
        raise NotFound
    scope = eligibility_queries.scope_of(actor, Role.ADMINISTRATOR)
    own = eligibility_queries.team_ids_of(actor)
    if actor.staff_id is None and not scope.everywhere and not scope.facility_ids:
        raise NotFound
    memberships = TeamMembership.objects.filter(staff_id=actor.staff_id, team_id__in=own, ended_at__isnull=True)
    rows = list(
        memberships.order_by("team_id").values_list("team_id", "is_lead", "team__facility_id", "team__facility__parent")
    )
    return Reach(
        staff_id=actor.staff_id,
        team_ids=frozenset(row[0] for row in rows),
        # A station's templates are those of the clinics below it too.
        facility_ids=frozenset(place for row in rows for place in row[2:] if place is not None),
        led_ids=frozenset(row[0] for row in rows if row[1]),
        administers=scope,
    )


def visible_templates(reach: Reach) -> "QuerySet[ReplyTemplate]":
    """Return the templates that somebody sees, in use or not."""
    return ReplyTemplate.objects.select_related("facility").filter(reach.seen())


def usable_templates(actor: Actor, team: CareTeam) -> "QuerySet[ReplyTemplate]":
    """Return those that the actor, a member of the team, can use when writing for it."""
    facility_ids = [place for place in (team.facility_id, team.facility.parent_id) if place is not None]
    return ReplyTemplate.objects.select_related("facility").filter(
        Q(level=TemplateLevel.OWN, staff_id=actor.staff_id)
        | Q(level=TemplateLevel.TEAM, team_id=team.id)
        | Q(level=TemplateLevel.FACILITY, facility_id__in=facility_ids),
        is_active=True,
    )


def places_to_write_for(reach: Reach) -> tuple[list[CareTeam], list[Facility]]:
    """Return the active teams that somebody leads and the facilities that they administer, by name."""
    teams = CareTeam.objects.filter(id__in=reach.led_ids, is_active=True).order_by("internal_name", "id")
    facilities = Facility.objects.order_by("name", "station_number")
    if not reach.administers.everywhere:
        facilities = facilities.filter(id__in=reach.administers.facility_ids)
    return list(teams), list(facilities)
