"""What somebody wishes of the pages: each a column of the account, set by one action."""

import uuid

from accounts.models import Account, MessageOrder
from smportal.actor import Actor
from smportal.errors import InvalidInput, NotFound


def set_message_order(*, actor: Actor, order: str) -> None:
    """Remember whether the actor reads conversations newest or oldest first.

    Raises InvalidInput for another word, NotFound without an account.
    """
    if order not in MessageOrder.values:
        raise InvalidInput("Choose newest first or oldest first", code="unknown_order", field="order")
    Account.objects.filter(id=_own(actor)).update(message_order=order)


def _own(actor: Actor) -> uuid.UUID:
    if actor.account_id is None:
        raise NotFound
    return actor.account_id
