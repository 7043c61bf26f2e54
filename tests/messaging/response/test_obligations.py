"""The clock starts once, never moves, and stops with an answer."""

import datetime as dt

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from messaging.models import Conversation, Obligation, ObligationEnd
from messaging.response.actions import end_obligation, start_obligation
from smportal.actor import Actor
from smportal.audit.models import AuditEvent
from tests import factories
from tests.messaging.making import TUESDAY, make_conversation

pytestmark = pytest.mark.django_db
VETERAN = Actor.system("test")
HOUR = dt.timedelta(hours=1)


def start(conversation: Conversation, at: dt.datetime = TUESDAY) -> Obligation:
    with transaction.atomic():
        return start_obligation(actor=VETERAN, conversation=conversation, at=at)


def deeds(obligation: Obligation) -> list[str]:
    return list(AuditEvent.objects.filter(object_id=str(obligation.id)).order_by("id").values_list("deed", flat=True))


def test_a_message_starts_a_clock_with_its_three_instants() -> None:
    conversation = make_conversation()

    obligation = start(conversation)

    # Tuesday 10:00 in New York: reminder Thursday 10:00, due Friday 10:00, escalation Tuesday 10:00 (in summer time).
    assert obligation.remind_at == dt.datetime(2026, 3, 5, 15, tzinfo=dt.UTC)
    assert obligation.due_at == dt.datetime(2026, 3, 6, 15, tzinfo=dt.UTC)
    assert obligation.escalate_at == dt.datetime(2026, 3, 10, 14, tzinfo=dt.UTC)
    assert obligation.next_step_at == obligation.remind_at
    conversation.refresh_from_db()
    assert conversation.due_at == obligation.due_at
    assert deeds(obligation) == ["obligation_started"]


def test_a_later_message_joins_and_never_moves_the_clock() -> None:
    conversation = make_conversation()
    first = start(conversation)

    second = start(conversation, TUESDAY + 20 * HOUR)

    assert second.id == first.id
    assert (second.started_at, second.due_at) == (first.started_at, first.due_at)
    assert deeds(first) == ["obligation_started"]


def test_an_answer_stops_the_clock_and_the_next_message_starts_another() -> None:
    conversation = make_conversation()
    staff = factories.make_staff(conversation.team)
    first = start(conversation)

    ended = end_obligation(
        actor=VETERAN, conversation=conversation, end=ObligationEnd.ANSWERED, staff_id=staff.id, at=TUESDAY + HOUR
    )
    again = end_obligation(actor=VETERAN, conversation=conversation, end=ObligationEnd.HANDLED, at=TUESDAY + 2 * HOUR)
    second = start(conversation, TUESDAY + 3 * HOUR)

    assert ended is not None
    assert again is None
    stored = Obligation.objects.get(id=first.id)
    assert (stored.end, stored.ended_at, stored.ended_by_id) == ("answered", TUESDAY + HOUR, staff.id)
    assert stored.next_step_at is None
    assert deeds(first) == ["obligation_started", "obligation_met"]
    assert second.id != first.id
    assert second.due_at == first.due_at + 3 * HOUR


def test_an_answer_takes_the_due_instant_off_the_conversation() -> None:
    conversation = make_conversation()
    start(conversation)

    end_obligation(actor=VETERAN, conversation=conversation, end=ObligationEnd.WITHDRAWN, at=TUESDAY + HOUR)

    assert conversation.due_at is None
    assert Conversation.objects.get(id=conversation.id).due_at is None


def test_what_the_caller_changed_on_the_conversation_stays_the_callers_to_save() -> None:
    conversation = make_conversation()
    conversation.team_unread = True

    start(conversation)
    conversation.save()

    stored = Conversation.objects.get(id=conversation.id)
    assert stored.team_unread
    assert stored.due_at is not None


def test_a_rolled_back_send_starts_nothing() -> None:
    conversation = make_conversation()

    with pytest.raises(RuntimeError), transaction.atomic():
        start_obligation(actor=VETERAN, conversation=conversation, at=TUESDAY)
        raise RuntimeError

    assert not Obligation.objects.exists()
    assert not AuditEvent.objects.exists()


def test_starting_costs_six_statements_and_joining_two() -> None:
    conversation = make_conversation()
    with transaction.atomic():
        with CaptureQueriesContext(connection) as starting:
            start_obligation(actor=VETERAN, conversation=conversation, at=TUESDAY)
        with CaptureQueriesContext(connection) as joining:
            start_obligation(actor=VETERAN, conversation=conversation, at=TUESDAY + HOUR)

    assert (len(starting), len(joining)) == (6, 2)


def test_an_instant_without_an_offset_is_refused() -> None:
    conversation = make_conversation()
    with pytest.raises(ValueError, match="offset"), transaction.atomic():
        start_obligation(actor=VETERAN, conversation=conversation, at=TUESDAY.replace(tzinfo=None))
