"""The teams that somebody leads."""

import uuid

from django.db.models.functions import Lower

from eligibility.models import CareTeam
from messaging.permissions import check_staff
from smportal.actor import Actor
from smportal.errors import NotFound


def led_teams(actor: Actor) -> list[CareTeam]:
    """Return the active teams of which the actor is triage lead, by name. Raises NotFound for anybody but staff."""
    led = CareTeam.objects.select_related("facility").filter(
        is_active=True,
        memberships__staff_id=check_staff(actor),
        memberships__staff__is_active=True,
        memberships__is_lead=True,
        memberships__ended_at=None,
    )
    return list(led.order_by(Lower("internal_name"), "id"))


def led_team(actor: Actor, team_id: uuid.UUID) -> CareTeam:
    """Return one of them. Raises NotFound for any other."""
    found = next((team for team in led_teams(actor) if team.id == team_id), None)
    if found is None:
        raise NotFound
    return found
