"""The queues of a care team: what stands beside a queue's name is what the queue shows."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from eligibility.models import StaffMember
from messaging.inbox import queries, views
from messaging.inbox.queries import COUNTED, Queue
from messaging.keyset import Cursor
from messaging.models import Conversation, State
from smportal import clock
from smportal.actor import Actor
from smportal.audit.models import AuditEvent
from tests import factories
from tests.messaging.making import TUESDAY, make_conversation, make_obligation

NOW = dt.datetime(2026, 3, 6, 13, tzinfo=dt.UTC)


@pytest.fixture
def nurse(db: None) -> Actor:
    """A member of two teams that have conversations of every state, assigned or not, due at any time or never."""
    teams = [factories.make_team(), factories.make_team()]
    member, colleague = factories.make_staff(*teams), factories.make_staff(*teams)
    dues = (None, NOW - dt.timedelta(days=2), NOW, NOW + dt.timedelta(hours=3), NOW + dt.timedelta(days=3))
    assignees: tuple[StaffMember | None, ...] = (None, member, colleague)
    for number, due_at in enumerate(dues):
        for assignee in assignees:
            for state in State:
                row = make_conversation(teams[number % 2])
                Conversation.objects.filter(id=row.id).update(
                    due_at=due_at, assignee=assignee, state=state, possibly_urgent=number == 3
                )
    make_conversation()
    # One is covered in one team by the member, and in the other by nobody.
    with clock.at(NOW):
        factories.make_absence(colleague, member, teams[0])
    return factories.staff_actor(member)


@pytest.mark.parametrize("queue", COUNTED)
def test_a_queue_s_count_is_what_it_shows(nurse: Actor, queue: Queue) -> None:
    with clock.at(NOW):
        view = queries.queue_view(nurse, queue)
        shown = len(view.urgent) + len(view.page.rows)
        while view.page.following:
            view = queries.queue_view(nurse, queue, Cursor.parse(view.page.following))
            shown += len(view.page.rows)
        assert shown == queries.queue_counts(nurse)[queue] > 0


def test_one_audit_row_names_all_that_a_page_shows(nurse: Actor) -> None:
    with clock.at(NOW):
        view = queries.queue_view(nurse, Queue.OPEN)
    assert view.urgent
    event = AuditEvent.objects.get(deed="list_shown")
    assert event.details["conversations"] == [str(row.id) for row in (*view.urgent, *view.page.rows)]


def test_counting_stops_where_nobody_works_by_the_difference(nurse: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MOST_COUNTED", 5)
    with clock.at(NOW):
        counts = queries.queue_counts(nurse)
    assert counts[Queue.OPEN] == 5
    assert views.count_text(5) == "5+"
    assert views.count_text(4) == "4"
    assert views.count_text(0) == ""


def test_a_page_takes_the_same_statements_however_many_rows_it_has(nurse: Actor) -> None:
    with clock.at(NOW):
        queries.queue_view(nurse, Queue.OPEN)  # every data key is at hand now
    with clock.at(NOW), CaptureQueriesContext(connection) as few:
        queries.queue_view(nurse, Queue.MINE)
    with clock.at(NOW), CaptureQueriesContext(connection) as many:
        queries.queue_view(nurse, Queue.OPEN)
    assert len(few) == len(many)


def test_a_row_says_how_long_the_veteran_has_waited(db: None) -> None:
    team = factories.make_team()
    nurse = factories.staff_actor(factories.make_staff(team))
    waits = make_obligation(team, at=TUESDAY).conversation
    closed = make_obligation(team, at=TUESDAY + dt.timedelta(hours=1)).conversation
    make_conversation(team)
    with clock.at(TUESDAY + dt.timedelta(days=1, hours=2)):
        rows = {row.id: row for row in queries.queue_view(nurse, Queue.OPEN).page.rows}
    # From Tuesday 10:00 to Wednesday 12:00 at the facility: seven hours, and four.
    assert (rows[waits.id].waiting, rows[waits.id].is_overdue) == ("11 business hours", False)
    assert rows[closed.id].waiting == "10 business hours"
    assert [row.waiting for row in rows.values()].count("") == 1


def test_the_age_and_the_subject_take_no_statement_for_each_row(nurse: Actor) -> None:
    with clock.at(NOW):
        Conversation.objects.update(started_by="staff")
        queries.queue_view(nurse, Queue.OPEN)
        with CaptureQueriesContext(connection) as found:
            shown = queries.queue_view(nurse, Queue.OPEN)
    assert len({row.waiting for row in (*shown.urgent, *shown.page.rows)}) > 3
    assert sum("messaging_closure" in each["sql"] for each in found) == 1
    assert sum("messaging_obligation" in each["sql"] for each in found) == 0
