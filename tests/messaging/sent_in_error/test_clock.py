"""A withdrawn answer is none: what becomes of the clock that it had stopped."""

import datetime as dt
import uuid

import pytest

from messaging.inbox import actions as inbox
from messaging.mailbox import withdrawing
from messaging.models import Conversation, Message, Obligation, State
from messaging.response.actions import sweep
from messaging.sent_in_error.actions import withdraw
from smportal import clock
from smportal.actor import Actor
from smportal.audit.models import AuditEvent
from tests import factories
from tests.messaging.threads import DAY, TUESDAY, Thread, fresh

HOUR = dt.timedelta(hours=1)


class Wrong(Thread):
    """A veteran wrote on Tuesday and got, an hour later, what was meant for somebody else."""

    def __init__(self) -> None:
        super().__init__()
        self.actor: Actor = factories.staff_actor(self.nurse)
        with clock.at(TUESDAY):
            self.question = self.send()
        with clock.at(TUESDAY + HOUR):
            self.answer_sent: Message = self.answer(self.conversation_id, "For somebody else.")

    @property
    def conversation_id(self) -> uuid.UUID:
        return self.question.conversation_id

    @property
    def conversation(self) -> Conversation:
        return fresh(self.question)

    def withdraw(self, at: dt.datetime, message: Message | None = None) -> None:
        with clock.at(at):
            withdraw(actor=self.actor, message_id=(message or self.answer_sent).id, reason="wrong_veteran")


@pytest.fixture
def wrong(db: None) -> Wrong:
    return Wrong()


def test_the_clock_runs_on_from_its_own_start(wrong: Wrong) -> None:
    wrong.withdraw(TUESDAY + DAY)
    clock_row = Obligation.objects.get()
    assert (clock_row.started_at, clock_row.ended_at, clock_row.end) == (TUESDAY, None, "")
    assert clock_row.answered_minutes is None
    # Tuesday 10:00 in New York: due on Friday at the same time, as it was from the start.
    assert clock_row.due_at == TUESDAY + 3 * DAY
    conversation = wrong.conversation
    assert (conversation.due_at, conversation.state) == (clock_row.due_at, State.NEW)
    recomputed = AuditEvent.objects.get(deed="obligation_recomputed")
    assert recomputed.reason == "answer_withdrawn"


def test_steps_already_taken_stay_taken_and_what_is_owed_since_is_told_once(wrong: Wrong) -> None:
    Obligation.objects.update(reminded_at=TUESDAY + 2 * DAY)
    wrong.withdraw(TUESDAY + 6 * DAY)
    with clock.at(TUESDAY + 6 * DAY + HOUR):
        sweep()
        sweep()
    clock_row = Obligation.objects.get()
    assert clock_row.reminded_at == TUESDAY + 2 * DAY
    assert clock_row.overdue_at == TUESDAY + 6 * DAY + HOUR


def test_a_younger_clock_joins_the_one_that_runs_on(wrong: Wrong) -> None:
    with clock.at(TUESDAY + DAY):
        wrong.reply(wrong.conversation_id, "This is not for me.")
    wrong.withdraw(TUESDAY + DAY + HOUR)
    older, younger = Obligation.objects.order_by("started_at")
    assert (older.ended_at, younger.end) == (None, "joined")
    assert younger.next_step_at is None
    assert wrong.conversation.due_at == older.due_at
    with clock.at(TUESDAY + 2 * DAY):
        wrong.answer(wrong.conversation_id, "The right answer.")
    older.refresh_from_db()
    assert (older.end, older.answered_minutes) == ("answered", 2 * 9 * 60)
    assert wrong.conversation.due_at is None


def test_an_answer_that_came_since_is_the_answer(wrong: Wrong) -> None:
    with clock.at(TUESDAY + 2 * HOUR):
        right = wrong.answer(wrong.conversation_id, "The right answer.")
    wrong.withdraw(TUESDAY + 3 * HOUR)
    clock_row = Obligation.objects.get()
    assert (clock_row.end, clock_row.ended_at, clock_row.answered_minutes) == ("answered", right.sent_at, 120)
    assert (wrong.conversation.state, wrong.conversation.due_at) == (State.ANSWERED, None)
    # Withdrawn as well: now there is none.
    wrong.withdraw(TUESDAY + 4 * HOUR, right)
    clock_row.refresh_from_db()
    assert clock_row.ended_at is None


def test_completed_otherwise_counts_as_handled(wrong: Wrong) -> None:
    with clock.at(TUESDAY + 2 * HOUR):
        inbox.complete(actor=wrong.actor, conversation_id=wrong.conversation_id, outcome="phoned")
    wrong.withdraw(TUESDAY + 3 * HOUR)
    clock_row = Obligation.objects.get()
    assert (clock_row.end, clock_row.ended_at) == ("handled", TUESDAY + 2 * HOUR)
    assert clock_row.answered_minutes is None
    assert wrong.conversation.state == State.COMPLETED


def test_completed_as_answered_opens_again(wrong: Wrong) -> None:
    with clock.at(TUESDAY + 2 * HOUR):
        inbox.complete(actor=wrong.actor, conversation_id=wrong.conversation_id, outcome="answered")
    wrong.withdraw(TUESDAY + 3 * HOUR)
    conversation = wrong.conversation
    assert (conversation.state, conversation.outcome, conversation.completed_at) == (State.NEW, "", None)
    assert Obligation.objects.get().ended_at is None


def test_what_answered_nothing_changes_no_clock(wrong: Wrong) -> None:
    with clock.at(TUESDAY + 2 * HOUR):
        extra = wrong.answer(wrong.conversation_id, "One more thing.")
    before = Obligation.objects.values().get()
    wrong.withdraw(TUESDAY + 3 * HOUR, extra)
    assert Obligation.objects.values().get() == before
    assert wrong.conversation.state == State.ANSWERED


def test_what_the_next_answer_answered_too_is_counted_once(wrong: Wrong) -> None:
    """Both clocks had been stopped by the second answer: the older counts for both, and alone runs on without it."""
    with clock.at(TUESDAY + 2 * HOUR):
        wrong.reply(wrong.conversation_id, "This is not for me.")
    with clock.at(TUESDAY + 3 * HOUR):
        right = wrong.answer(wrong.conversation_id, "The right answer.")
    wrong.withdraw(TUESDAY + 4 * HOUR)
    older, younger = Obligation.objects.order_by("started_at")
    assert (older.end, older.ended_at, older.answered_minutes) == ("answered", right.sent_at, 180)
    assert (younger.end, younger.answered_minutes) == ("joined", None)
    wrong.withdraw(TUESDAY + 5 * HOUR, right)
    older, younger = Obligation.objects.order_by("started_at")
    assert (older.ended_at, younger.end) == (None, "joined")
    assert wrong.conversation.due_at == TUESDAY + 3 * DAY


def test_what_was_handled_since_was_handled_then_even_when_the_veteran_has_written_again(wrong: Wrong) -> None:
    with clock.at(TUESDAY + 2 * HOUR):
        wrong.reply(wrong.conversation_id, "This is not for me.")
    with clock.at(TUESDAY + 3 * HOUR):
        inbox.complete(actor=wrong.actor, conversation_id=wrong.conversation_id, outcome="phoned")
    with clock.at(TUESDAY + 4 * HOUR):
        wrong.reply(wrong.conversation_id, "One more question.")
    before = wrong.conversation.due_at
    wrong.withdraw(TUESDAY + 5 * HOUR)
    first, second, third = Obligation.objects.order_by("started_at")
    assert (first.end, first.ended_at, first.ended_by_id) == ("handled", TUESDAY + 3 * HOUR, wrong.nurse.id)
    assert (second.end, third.ended_at) == ("joined", None)
    assert wrong.conversation.due_at == before == third.due_at


def test_a_veteran_who_needed_no_answer_any_more_still_needs_none(wrong: Wrong) -> None:
    with clock.at(TUESDAY + 2 * HOUR):
        wrong.reply(wrong.conversation_id, "Never mind.")
    with clock.at(TUESDAY + 3 * HOUR):
        withdrawing.withdraw(actor=wrong.veteran, conversation_id=wrong.conversation_id)
    wrong.withdraw(TUESDAY + 4 * HOUR)
    older, younger = Obligation.objects.order_by("started_at")
    assert (older.end, older.ended_at, younger.end) == ("withdrawn", TUESDAY + 3 * HOUR, "joined")
    assert wrong.conversation.state == State.COMPLETED
