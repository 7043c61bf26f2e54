"""Moves that several actions of the care team share: the state by the workflow's table, and who has it.

The caller has locked the conversation's row in its transaction.
"""

import uuid

from eligibility import queries as eligibility_queries
from messaging import workflow
from messaging.models import Conversation
from messaging.workflow import Event
from smportal import clock
from smportal.actor import Actor
from smportal.audit import recording
from smportal.audit.actions import Deed
from smportal.audit.recording import record_many


def change_state(actor: Actor, conversation: Conversation, event: Event, *, assigned: bool) -> None:
    """Set the state that the table leads to, with its audit row; the caller saves. Raises IllegalTransition."""
    record_many(actor=actor, events=_moved(conversation, event, assigned=assigned))


def _moved(conversation: Conversation, event: Event, *, assigned: bool) -> list[recording.Event]:
    before = conversation.state
    conversation.state = workflow.move(before, event, assigned=assigned)
    if conversation.state == before:
        return []
    moved = recording.Event(
        deed=Deed.STATE_CHANGED,
        subject_id=conversation.record_id,
        object_kind="conversation",
        object_id=conversation.id,
        reason=event.name.lower(),
        details={"from": before, "to": conversation.state},
    )
    return [moved]


def back_to_work(conversation: Conversation, event: Event) -> list[recording.Event]:
    """Put a conversation before its assignee again, or before the team when that person has left it meanwhile.

    Returns the audit events of what changed, for the caller to record as it saves. Raises IllegalTransition.
    """
    assignee_id = conversation.assignee_id
    kept = assignee_id is not None and eligibility_queries.is_member(assignee_id, conversation.team_id)
    events = _moved(conversation, event, assigned=kept)
    if assignee_id is not None and not kept:
        events.append(_assigned(conversation, None, reason="member_left"))
        conversation.assignee_id = None
    conversation.completed_at, conversation.outcome = None, ""
    return events


def came(actor: Actor, conversation: Conversation) -> None:
    """Note that a conversation stands newly before its team, by whose deed; the caller saves."""
    conversation.came_at, conversation.came_by_id = clock.now(), actor.staff_id


def reassigned(actor: Actor, conversation: Conversation, staff_id: uuid.UUID | None) -> None:
    """Give a conversation to somebody, or to nobody, and save it with its state."""
    conversation.assignee_id = staff_id
    conversation.assigned_at, conversation.assigned_by_id = clock.now(), actor.staff_id
    conversation.save(update_fields=["state", "assignee", "assigned_at", "assigned_by"])


def record_assignment(
    actor: Actor,
    conversation: Conversation,
    staff_id: uuid.UUID | None,
    *,
    reason: str = "",
    acting_id: uuid.UUID | None = None,
) -> None:
    """Write the audit row of an assignment that is about to change; `acting_id` is who acts for somebody away."""
    record_many(actor=actor, events=[_assigned(conversation, staff_id, reason=reason, acting_id=acting_id)])


def _assigned(
    conversation: Conversation, staff_id: uuid.UUID | None, *, reason: str, acting_id: uuid.UUID | None = None
) -> recording.Event:
    return recording.Event(
        deed=Deed.ASSIGNED,
        subject_id=conversation.record_id,
        object_kind="conversation",
        object_id=conversation.id,
        reason=reason,
        details={
            "from": str(conversation.assignee_id) if conversation.assignee_id else None,
            "to": str(staff_id) if staff_id else None,
            **({"acting": str(acting_id)} if acting_id not in {None, staff_id} else {}),
        },
    )


def release(actor: Actor, conversation: Conversation, *, reason: str = "") -> Conversation:
    """Take the assignee off and save. Raises IllegalTransition when the conversation is not open."""
    if conversation.assignee_id is None:
        return conversation
    change_state(actor, conversation, Event.RELEASE, assigned=False)
    record_assignment(actor, conversation, None, reason=reason)
    reassigned(actor, conversation, None)
    return conversation
