"""When people or teams leave: no conversation stays with somebody who is gone (domain rules, section 5)."""

import uuid
from collections.abc import Collection

from messaging.inbox.states import release
from messaging.models import Conversation
from messaging.models.conversation import OPEN_STATES
from smportal.actor import Actor
from smportal.errors import Refused


def return_assignments(actor: Actor, staff_id: uuid.UUID, team_ids: Collection[uuid.UUID]) -> None:
    """Give the open conversations that somebody had in teams back to these, in the leaving's own transaction.

    Rows that somebody is working on at this moment are not waited for: a message of the veteran looks at the
    membership again, and an assignment holds it (`eligibility.holds`).
    """
    held = Conversation.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        assignee_id=staff_id, team_id__in=team_ids, state__in=OPEN_STATES
    )
    for conversation in held.order_by("id"):
        release(actor, conversation, reason="member_left")


def check_no_open_work(team_id: uuid.UUID) -> None:
    """Raise Refused while conversations of a locked team are open: closed, nobody would answer them."""
    waiting = Conversation.objects.filter(team_id=team_id, state__in=OPEN_STATES).count()
    if waiting:
        are = "1 conversation is" if waiting == 1 else f"{waiting:,} conversations are"
        raise Refused(
            f"{are} still open in this team, so it can’t be made inactive. First ask its members to answer them, "
            "complete them, or hand them over to another team of the facility.",
            code="open_conversations",
            field="is_active",
        )
