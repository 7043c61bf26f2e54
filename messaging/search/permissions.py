"""Whose a kept search is."""

import uuid

from messaging.permissions import check_staff, check_veteran
from smportal.actor import Actor, ActorKind
from smportal.errors import NotFound


def owner_of(actor: Actor) -> tuple[uuid.UUID, uuid.UUID | None]:
    """Return the account and, for a veteran, the record that a search of this actor belongs to.

    Raises NotFound for anybody who may not search.
    """
    if actor.account_id is None:
        raise NotFound
    if actor.kind is ActorKind.VETERAN:
        return actor.account_id, check_veteran(actor)
    check_staff(actor)
    return actor.account_id, None
