"""The response clock: it starts with a veteran's message and ends with an answer (domain rules, section 6)."""

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import transaction

from eligibility.models import Facility
from messaging.models import Conversation, Obligation, ObligationEnd
from messaging.response.calendars import calendar_for
from messaging.response.closures import add_closure, remove_closure
from messaging.response.locks import open_obligation_id
from messaging.response.recomputing import recompute
from messaging.response.sweeping import SweepResult, sweep
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import Event, record, record_many
from smportal.business_time import business_time_between, deadlines

__all__ = [
    "SweepResult",
    "add_closure",
    "end_obligation",
    "recompute",
    "remove_closure",
    "start_obligation",
    "sweep",
]


@transaction.atomic(savepoint=False)
def start_obligation(
    *, actor: Actor, conversation: Conversation, at: dt.datetime, along_with: Sequence[Event] = ()
) -> Obligation:
    """Start the clock at `at`, the instant of the veteran's message, and return it.

    A later message joins the open obligation, which never moves. Sets `conversation.due_at`, in the
    row and on the instance. `along_with` are audit events of the message itself: they are appended in
    the same statement as the clock's own. The caller has locked the conversation's row (or made it)
    in the same transaction. Raises ValueError for an instant without an offset, and CalendarRangeError (also a
    ValueError) when the calendar has no business time left.
    """
    standing = open_obligation_id(conversation.id)
    if standing is not None:
        record_many(actor=actor, events=along_with)
        return Obligation.objects.get(id=standing)
    facility = Facility.objects.get(care_teams=conversation.team_id)
    due = deadlines(at, calendar_for(facility))
    obligation = Obligation.objects.create(
        conversation=conversation,
        started_at=at,
        remind_at=due.remind_at,
        due_at=due.due_at,
        escalate_at=due.escalate_at,
        next_step_at=due.remind_at,
    )
    set_due(conversation, due.due_at)
    started = Event(
        deed=Deed.OBLIGATION_STARTED,
        subject_id=conversation.record_id,
        object_kind="obligation",
        object_id=obligation.id,
        details={"conversation": str(conversation.id), "due_at": due.due_at.isoformat()},
    )
    record_many(actor=actor, events=[started, *along_with])
    return obligation


@transaction.atomic(savepoint=False)
def end_obligation(
    *,
    actor: Actor,
    conversation: Conversation,
    end: ObligationEnd,
    staff_id: uuid.UUID | None = None,
    at: dt.datetime,
) -> Obligation | None:
    """Stop the open clock, with all messages that joined it; return it, or None when none was open.

    Clears `conversation.due_at`, in the row and on the instance. The caller has locked the
    conversation's row in the same transaction. `staff_id` is who answered or completed.
    """
    # Locked against the sweep, which may be taking a step of it at this moment.
    obligation = Obligation.objects.select_for_update().filter(conversation=conversation, ended_at=None).first()
    if obligation is None:
        return None
    obligation.ended_at, obligation.end, obligation.ended_by_id = at, end, staff_id
    obligation.next_step_at = None
    if end == ObligationEnd.ANSWERED:
        obligation.answered_minutes = business_minutes(obligation.started_at, at, conversation)
    obligation.save(update_fields=["ended_at", "end", "ended_by", "next_step_at", "answered_minutes"])
    set_due(conversation, None)
    record(
        actor=actor,
        deed=Deed.OBLIGATION_MET,
        subject_id=conversation.record_id,
        object_kind="obligation",
        object_id=obligation.id,
        reason=end,
        details={"conversation": str(conversation.id), "due_at": obligation.due_at.isoformat()},
    )
    return obligation


def business_minutes(start: dt.datetime, end: dt.datetime, conversation: Conversation) -> int:
    """Return whole business minutes at the team's facility."""
    facility = Facility.objects.get(care_teams=conversation.team_id)
    # A clock that runs backwards must not keep an answer from going out.
    return int(business_time_between(start, max(start, end), calendar_for(facility)).total_seconds() // 60)


def set_due(conversation: Conversation, due_at: dt.datetime | None) -> None:
    """Write the one column, so that what else the caller has changed on the instance is theirs to save."""
    conversation.due_at = due_at
    Conversation.objects.filter(id=conversation.id).update(due_at=due_at)
