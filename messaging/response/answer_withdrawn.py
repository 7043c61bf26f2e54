"""What becomes of a clock whose answer was withdrawn as sent in error (docs/adr: a withdrawn answer is none)."""

import datetime as dt
import uuid
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class _End:
    """What stops a clock once the withdrawn answer is none."""

    at: dt.datetime
    end: ObligationEnd
    by_id: uuid.UUID | None


@transaction.atomic(savepoint=False)
def answer_withdrawn(*, actor: Actor, conversation: Conversation, message: Message) -> bool:
    """Judge again the clock that a withdrawn message stopped; return whether it runs on.

    It ends with what would have ended it first: an answer that the veteran can see, somebody completing otherwise,
    the veteran who no longer needed one; else it runs on from its own start. What the veteran wrote until then has
    joined it. Steps already taken stay taken. The caller has locked the conversation, and the message counts as
    withdrawn already.
    """
    clocks = list(Obligation.objects.select_for_update().filter(conversation=conversation))
    clock = next((one for one in clocks if one.end == ObligationEnd.ANSWERED and one.ended_at == message.sent_at), None)
    if clock is None:
        return False
    younger = [one for one in clocks if one.started_at > message.sent_at and one.end != ObligationEnd.JOINED]
    end = _first_end(conversation, message.sent_at, younger)
    _join([one for one in younger if end is None or one.started_at < end.at])
    if end is None:
        _run_on(conversation, clock)
    else:
        _stop(conversation, clock, end)
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
    return end is None


def _first_end(conversation: Conversation, after: dt.datetime, younger: list[Obligation]) -> _End | None:
    """Return the first that would have stopped the clock, or None: the veteran waits still.

    That a conversation was completed counts where it stopped a younger clock or still stands; not when it says that
    the veteran was answered in a message, since that may be the message which was withdrawn.
    """
    standing = conversation.completed_at
    as_answered = standing is not None and conversation.outcome == Outcome.ANSWERED
    ends = [
        _End(one.ended_at, ObligationEnd(one.end), one.ended_by_id)
        for one in younger
        if one.ended_at is not None
        and one.end in {ObligationEnd.HANDLED, ObligationEnd.WITHDRAWN}
        and not (as_answered and one.ended_at == standing)
    ]
    answer = _next_answer(conversation, after)
    if answer is not None:
        ends.append(_End(answer.sent_at, ObligationEnd.ANSWERED, answer.author_staff_id))
    if standing is not None and not as_answered:
        ends.append(_End(standing, ObligationEnd.HANDLED, None))
    return min(ends, key=lambda one: one.at, default=None)


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


def _join(younger: list[Obligation]) -> None:
    """End younger clocks in the one that was open in truth: it counts for both."""
    for one in younger:
        one.ended_at = one.ended_at or one.started_at
        one.end, one.next_step_at, one.ended_by_id, one.answered_minutes = ObligationEnd.JOINED, None, None, None
        one.save(update_fields=["ended_at", "end", "next_step_at", "ended_by", "answered_minutes"])


def _stop(conversation: Conversation, clock: Obligation, end: _End) -> None:
    clock.ended_at, clock.end, clock.ended_by_id = end.at, end.end, end.by_id
    answered = end.end == ObligationEnd.ANSWERED
    clock.answered_minutes = business_minutes(clock.started_at, end.at, conversation) if answered else None


def _run_on(conversation: Conversation, clock: Obligation) -> None:
    """Set a stopped clock going again from its own start, by today's calendar."""
    facility = Facility.objects.get(care_teams=conversation.team_id)
    due = deadlines(clock.started_at, calendar_for(facility))
    clock.remind_at, clock.due_at, clock.escalate_at = due.remind_at, due.due_at, due.escalate_at
    clock.ended_at, clock.end, clock.ended_by_id, clock.answered_minutes = None, "", None, None
    clock.next_step_at = next_step_at(clock)
    set_due(conversation, due.due_at)
