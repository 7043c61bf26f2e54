"""The veteran no longer needs an answer: the clock ends, the team is told, and nothing counts as answered."""

import uuid

import pytest

from messaging.inbox import queries as inbox_queries
from messaging.inbox.desk import desk_of
from messaging.inbox.queries import Queue
from messaging.mailbox import queries
from messaging.mailbox.withdrawing import withdraw
from messaging.models import Obligation
from messaging.response.actions import sweep
from smportal import clock, times
from smportal.actor import Actor
from smportal.audit.models import AuditEvent
from smportal.errors import NotFound
from tests import factories
from tests.messaging.threads import DAY, TUESDAY, Thread, fresh


@pytest.fixture
def thread(db: None) -> Thread:
    return Thread()


def test_the_clock_ends_as_withdrawn_once_and_the_team_sees_it(thread: Thread) -> None:
    with clock.at(TUESDAY):
        message = thread.send()
    with clock.at(TUESDAY + DAY):
        assert withdraw(actor=thread.veteran, conversation_id=message.conversation_id)
        assert not withdraw(actor=thread.veteran, conversation_id=message.conversation_id)
    obligation = Obligation.objects.get()
    conversation = fresh(message)
    assert (obligation.end, obligation.ended_by_id, obligation.next_step_at) == ("withdrawn", None, None)
    assert (conversation.state, conversation.outcome, conversation.due_at) == ("completed", "withdrawn", None)
    assert conversation.team_unread
    assert AuditEvent.objects.filter(deed="obligation_met", reason="withdrawn").count() == 1
    assert AuditEvent.objects.get(deed="state_changed").reason == "withdraw"
    desk = desk_of(factories.staff_actor(thread.nurse))
    assert inbox_queries.queue_counts(desk.actor, desk=desk)[Queue.OPEN] == 0
    row = inbox_queries.queue_view(desk.actor, Queue.COMPLETED, desk=desk).page.rows[0]
    assert row.is_unread
    assert queries.status_text(conversation, times.zone_named("UTC"), clock.now()) == "No answer needed"


def test_nothing_is_reminded_after_it(thread: Thread) -> None:
    with clock.at(TUESDAY):
        message = thread.send()
        withdraw(actor=thread.veteran, conversation_id=message.conversation_id)
    with clock.at(TUESDAY + 30 * DAY):
        sweep()
    obligation = Obligation.objects.get()
    assert (obligation.reminded_at, obligation.overdue_at, obligation.escalated_at) == (None, None, None)


def test_one_that_may_be_urgent_stays_before_the_team_without_a_clock(thread: Thread) -> None:
    message = thread.send(possibly_urgent=True)
    withdraw(actor=thread.veteran, conversation_id=message.conversation_id)
    conversation = fresh(message)
    assert (conversation.state, conversation.possibly_urgent, conversation.due_at) == ("new", True, None)
    assert not Obligation.objects.filter(ended_at=None).exists()


def test_writing_again_undoes_it(thread: Thread) -> None:
    message = thread.send()
    withdraw(actor=thread.veteran, conversation_id=message.conversation_id)
    thread.reply(message.conversation_id)
    conversation = fresh(message)
    assert (conversation.state, conversation.outcome, conversation.completed_at) == ("new", "", None)
    assert conversation.due_at is not None
    assert Obligation.objects.filter(ended_at=None).count() == 1


def test_after_an_answer_there_is_nothing_to_withdraw(thread: Thread) -> None:
    message = thread.send()
    thread.answer(message.conversation_id)
    assert not withdraw(actor=thread.veteran, conversation_id=message.conversation_id)
    assert Obligation.objects.get().end == "answered"
    assert fresh(message).state == "answered"


def test_only_the_veteran_can(thread: Thread) -> None:
    message = thread.send()
    stranger = factories.actor_for(factories.make_eligible_veteran(thread.team)[0])
    others: list[Actor] = [stranger, factories.staff_actor(thread.nurse)]
    for actor in others:
        with pytest.raises(NotFound):
            withdraw(actor=actor, conversation_id=message.conversation_id)
    with pytest.raises(NotFound):
        withdraw(actor=thread.veteran, conversation_id=uuid.uuid4())
    assert fresh(message).due_at is not None
