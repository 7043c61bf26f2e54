"""Who is at a conversation besides the actor, in words."""

import uuid
from dataclasses import dataclass

from django.db.models.functions import Lower

from eligibility.models import StaffMember
from messaging.permissions import check_staff, visible_conversations
from messaging.presence import board
from smportal.actor import Actor
from smportal.errors import NotFound

# Three names are read at a glance; the others are a number.
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Present:
    """What the page says. `is_known` is False while Redis is away."""

    text: str
    is_known: bool = True


def present(actor: Actor, conversation_id: uuid.UUID, *, writing: bool) -> Present:
    """Note that the actor has a conversation open, and return which colleagues have. Raises NotFound."""
    staff_id = check_staff(actor)
    team_id = visible_conversations(actor).filter(id=conversation_id).values_list("team_id", flat=True).first()
    if team_id is None:
        raise NotFound
    try:
        others = board.beat(conversation_id, staff_id, writing=writing)
    except board.Away:
        return Present("", is_known=False)
    return Present(_words(team_id, others) if others else "")


def _words(team_id: uuid.UUID, others: dict[uuid.UUID, bool]) -> str:
    """Say who writes and who reads; somebody who has left the team meanwhile is nobody."""
    members = StaffMember.objects.filter(
        id__in=list(others), is_active=True, memberships__team_id=team_id, memberships__ended_at__isnull=True
    )
    names = list(members.order_by(Lower("name"), "id").values_list("id", "name"))
    writing = [name for person, name in names if others[person]]
    reading = [name for person, name in names if not others[person]]
    parts = [(_joined(writing), "writing an answer", writing), (_joined(reading), "reading this", reading)]
    return " ".join(f"{joined} {'is' if len(who) == 1 else 'are'} {what}." for joined, what, who in parts if who)


def _joined(names: list[str]) -> str:
    shown, more = names[:MOST_NAMED], len(names) - MOST_NAMED
    if more > 0:
        return f"{', '.join(shown)} and {more} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
