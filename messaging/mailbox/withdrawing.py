"""The veteran no longer needs an answer: the clock ends as withdrawn, and never counts as answered."""

import uuid

from django.db import transaction

from messaging.inbox.states import change_state
from messaging.mailbox.actions import locked_conversation
from messaging.models import ObligationEnd
from messaging.models.conversation import Outcome
from messaging.permissions import check_veteran
from messaging.response.actions import end_obligation
from messaging.workflow import Event
from smportal import clock
from smportal.actor import Actor


@transaction.atomic
def withdraw(*, actor: Actor, conversation_id: uuid.UUID) -> bool:
    """End the open clock of an own conversation and tell the team; False when none is open, so nothing changed.

    The conversation leaves the team's open work, unread. One that may be urgent stays in it: a person
    must have looked before it goes. Writing again undoes it. Raises NotFound.
    """
    check_veteran(actor)
    conversation = locked_conversation(actor, conversation_id)
    now = clock.now()
    if end_obligation(actor=actor, conversation=conversation, end=ObligationEnd.WITHDRAWN, at=now) is None:
        return False
    conversation.team_unread = True
    if not conversation.possibly_urgent:
        change_state(actor, conversation, Event.WITHDRAW, assigned=conversation.assignee_id is not None)
        conversation.completed_at, conversation.outcome = now, Outcome.WITHDRAWN
    conversation.save(update_fields=["team_unread", "state", "completed_at", "outcome"])
    return True
