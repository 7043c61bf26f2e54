"""Who may send one text to many: triage leads, for the teams that they lead (docs/adr/0030-one-text-to-many.md)."""

import uuid

from django.db.models import Q, QuerySet

from eligibility import queries as eligibility_queries
from eligibility.models import TeamMembership
from messaging.models import Broadcast, BroadcastState
from messaging.permissions import check_staff
from smportal.actor import Actor
from smportal.errors import NotFound


def led_team_ids(actor: Actor) -> list[uuid.UUID]:
    """Return the teams that the actor leads now. Raises NotFound for anybody who is not staff."""
    staff_id = check_staff(actor)
    led = TeamMembership.objects.filter(staff_id=staff_id, is_lead=True, ended_at__isnull=True)
    return list(led.filter(team_id__in=eligibility_queries.team_ids_of(actor)).values_list("team_id", flat=True))


def check_leads(actor: Actor) -> list[uuid.UUID]:
    """Return the teams that the actor leads. Raises NotFound when there is none."""
    led = led_team_ids(actor)
    if not led:
        raise NotFound
    return led


def visible_broadcasts(actor: Actor) -> QuerySet[Broadcast]:
    """Return the broadcasts of the teams that the actor leads, whoever wrote them; drafts only the actor's own."""
    own = Broadcast.objects.filter(team_id__in=led_team_ids(actor))
    return own.filter(~Q(state=BroadcastState.DRAFT) | Q(author_id=actor.account_id))


def own_drafts(actor: Actor) -> QuerySet[Broadcast]:
    """Return what the actor is writing to many."""
    return visible_broadcasts(actor).filter(state=BroadcastState.DRAFT, author_id=actor.account_id)
