"""Where staff write: what a text needs to know of its veteran and team before it is sent (templates, links)."""

import uuid
from dataclasses import dataclass
from typing import Final

from eligibility import queries as eligibility_queries
from messaging.models import Conversation, Draft
from messaging.permissions import check_staff, visible_conversations
from messaging.starting.drafts import own_drafts
from smportal.actor import Actor
from smportal.errors import NotFound

_WITH: Final = ("team__facility", "record__account")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text is being written: in the conversation `key`, or in the draft `key` that will start one."""

    key: uuid.UUID
    is_reply: bool = True


def written(actor: Actor, place: Place) -> Conversation | Draft:
    """Return it, with its veteran and team. Raises NotFound for one that is not the actor's."""
    check_staff(actor)
    found: Conversation | Draft | None
    if place.is_reply:
        found = visible_conversations(actor).filter(id=place.key).select_related(*_WITH).first()
    else:
        begun = own_drafts(actor).filter(id=place.key, team_id__in=eligibility_queries.team_ids_of(actor))
        found = begun.select_related(*_WITH).first()
    if found is None:
        raise NotFound
    return found
