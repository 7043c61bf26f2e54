"""What becomes of a clock whose answer was withdrawn as sent in error (docs/adr: a withdrawn answer is none)."""

import datetime as dt

from django.db import transaction

from eligibility.models import Facility
from messaging.models import Conversation, Message, MessageKind, Obligation, ObligationEnd, Side
from messaging.models.conversation import Outcome
from messaging.response.actions import business_minutes, set_due
from messaging.response.calendars import calendar_for
from messaging.response.steps import next_step_at
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.business_time import deadlines


@transaction.atomic(savepoint=False)
def answer_withdrawn(*, actor: Actor, conversation: Conversation, message: Message) -> bool:
    """Judge again the clock that a withdrawn message stopped; return whether it runs on.

    It counts as answered by the next answer that the veteran can see, as handled where somebody completed the
    conversation otherwise; else it runs on from its own start, and what the veteran wrote since joins it. Steps
    already taken stay taken. The caller has locked the conversation, and the message counts as withdrawn already.
    """
    clocks = Obligation.objects.select_for_update().filter(conversation=conversation)
    clock = clocks.filter(end=ObligationEnd.ANSWERED, ended_at=message.sent_at).first()
    if clock is None:
        return False
    answer = _next_answer(conversation, message.sent_at)
    if answer is not None:
        clock.ended_at, clock.ended_by_id = answer.sent_at, answer.author_staff_id
        clock.answered_minutes = business_minutes(clock.started_at, answer.sent_at, conversation)
    elif conversation.completed_at is not None and conversation.outcome != Outcome.ANSWERED:
        clock.ended_at, clock.end, clock.answered_minutes = conversation.completed_at, ObligationEnd.HANDLED, None
    else:
        _run_on(actor, conversation, clock)
    clock.save()
    record(
        actor=actor,
        deed=Deed.OBLIGATION_RECOMPUTED,
        subject_id=conversation.record_id,
        object_kind="obligation",
        object_id=clock.id,
        reason="answer_withdrawn",
        details={"conversation": str(conversation.id), "end": clock.end, "due_at": clock.due_at.isoformat()},
    )
    return clock.ended_at is None


def _next_answer(conversation: Conversation, after: dt.datetime) -> Message | None:
    """Return the first answer after this instant that the veteran can see."""
    answers = Message.objects.filter(
        conversation=conversation,
        side=Side.STAFF,
        kind=MessageKind.MESSAGE,
        sent_at__gte=after,
        sent_in_error__isnull=True,
    )
    return answers.order_by("sent_at", "id").first()


def _run_on(actor: Actor, conversation: Conversation, clock: Obligation) -> None:
    """Set a stopped clock going again from its own start; a younger one ends in it."""
    younger = Obligation.objects.select_for_update().filter(conversation=conversation, ended_at=None).first()
    if younger is not None:
        younger.ended_at, younger.end, younger.next_step_at = clock.ended_at, ObligationEnd.JOINED, None
        younger.ended_at = max(younger.started_at, clock.ended_at or younger.started_at)
        younger.save(update_fields=["ended_at", "end", "next_step_at"])
    facility = Facility.objects.get(care_teams=conversation.team_id)
    due = deadlines(clock.started_at, calendar_for(facility))
    clock.remind_at, clock.due_at, clock.escalate_at = due.remind_at, due.due_at, due.escalate_at
    clock.ended_at, clock.end, clock.ended_by_id, clock.answered_minutes = None, "", None, None
    clock.next_step_at = next_step_at(clock)
    set_due(conversation, due.due_at)
