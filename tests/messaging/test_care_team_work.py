"""What a care team does with a conversation, and what it never can."""

import datetime as dt
import uuid

import pytest

from eligibility.models import TeamMembership
from messaging import disclosure, workflow
from messaging.inbox import actions, queries
from messaging.inbox.queries import Queue
from messaging.mailbox import actions as mailbox_actions
from messaging.mailbox.content import DraftContent
from messaging.mailbox.moving.actions import move
from messaging.mailbox.moving.spots import TRASH
from messaging.models import Message, MessageOpening, Notification, Obligation, Place, State
from messaging.posting import AlreadySent
from messaging.workflow import Event
from smportal import clock
from smportal.audit.models import AuditEvent
from smportal.errors import Conflict, InvalidInput, NotFound
from tests import factories
from tests.messaging.asked import TUESDAY, World


@pytest.fixture
def world(db: None) -> World:
    return World()


def test_an_answer_that_a_colleague_has_sent_is_said_and_changes_nothing(world: World) -> None:
    first = world.answer()
    with pytest.raises(AlreadySent, match="Nora Nurse has sent this answer already"):
        actions.reply(
            actor=world.clerk, conversation_id=world.conversation_id, draft_id=first.draft_id, body="Please come in."
        )
    other = World()
    with pytest.raises(NotFound):
        actions.reply(
            actor=other.nurse, conversation_id=other.conversation_id, draft_id=first.draft_id, body="Please come in."
        )
    assert Message.objects.filter(side="staff").count() == 1


def test_an_answer_stops_the_clock_and_tells_the_veteran(world: World) -> None:
    move(actor=world.veteran, conversation_ids=[world.conversation_id], target=TRASH)
    world.answer()
    conversation = world.conversation
    assert (conversation.state, conversation.due_at, conversation.veteran_unread) == (State.ANSWERED, None, True)
    assert conversation.place == Place.INBOX
    assert Obligation.objects.get().end == "answered"
    assert Notification.objects.get(kind="new_message").recipient_id == world.veteran.account_id
    message = Message.objects.get(side="staff")
    assert (message.author_name, message.author_title) == ("Nora Nurse", "Nurse")


def test_an_answer_that_crosses_a_newer_message_asks_first(world: World) -> None:
    with clock.at(TUESDAY + dt.timedelta(hours=1)):
        mailbox_actions.reply(
            actor=world.veteran, conversation_id=world.conversation_id, draft_id=uuid.uuid4(), body="Worse now"
        )
        with pytest.raises(Conflict) as crossed:
            world.answer(seen_until=TUESDAY)
    assert crossed.value.code == "crossed"
    world.answer()
    assert Message.objects.filter(side="staff").count() == 1


def test_a_note_meets_nothing_and_changes_nothing_for_the_veteran(world: World) -> None:
    before = world.conversation
    note_id = uuid.uuid4()
    for _ in range(2):
        actions.add_note(actor=world.nurse, conversation_id=world.conversation_id, draft_id=note_id, body="Call him")
    after = world.conversation
    assert (after.due_at, after.message_count, after.veteran_unread) == (before.due_at, 1, False)
    assert after.notes.count() == 1


def test_completing_without_an_answer_counts_as_handled(world: World) -> None:
    actions.complete(actor=world.nurse, conversation_id=world.conversation_id, outcome="phoned")
    assert (world.conversation.state, world.conversation.outcome) == (State.COMPLETED, "phoned")
    assert Obligation.objects.get().end == "handled"
    with pytest.raises(workflow.IllegalTransition):
        actions.complete(actor=world.clerk, conversation_id=world.conversation_id, outcome="phoned")


def test_a_message_after_completion_opens_it_again_with_a_new_clock(world: World) -> None:
    actions.take(actor=world.nurse, conversation_id=world.conversation_id)
    actions.complete(actor=world.nurse, conversation_id=world.conversation_id, outcome="phoned")
    with clock.at(TUESDAY + dt.timedelta(days=1)):
        mailbox_actions.reply(
            actor=world.veteran, conversation_id=world.conversation_id, draft_id=uuid.uuid4(), body="Again"
        )
    assert world.conversation.state == State.IN_PROGRESS
    assert world.conversation.assignee_id == world.nurse.staff_id
    assert Obligation.objects.filter(ended_at__isnull=True).count() == 1
    assert Obligation.objects.count() == 2


def test_a_message_for_an_assignee_who_has_left_goes_back_to_the_queue(world: World) -> None:
    actions.take(actor=world.nurse, conversation_id=world.conversation_id)
    world.answer()
    TeamMembership.objects.filter(staff=world.nurse_row).update(ended_at=clock.now())
    mailbox_actions.reply(
        actor=world.veteran, conversation_id=world.conversation_id, draft_id=uuid.uuid4(), body="One more thing"
    )
    assert (world.conversation.state, world.conversation.assignee_id) == (State.NEW, None)


def test_a075_of_two_who_take_one_wins(world: World) -> None:
    actions.take(actor=world.nurse, conversation_id=world.conversation_id)
    with pytest.raises(Conflict):
        actions.take(actor=world.clerk, conversation_id=world.conversation_id)
    assert world.conversation.assignee_id == world.nurse.staff_id


def test_assigning_tells_the_colleague_but_not_oneself(world: World) -> None:
    actions.assign(actor=world.nurse, conversation_id=world.conversation_id, staff_id=world.clerk.staff_id)
    assert Notification.objects.get(kind="assigned").recipient_id == world.clerk.account_id
    actions.assign(actor=world.nurse, conversation_id=world.conversation_id, staff_id=world.nurse.staff_id)
    assert Notification.objects.filter(kind="assigned").count() == 1
    outsider = factories.make_staff(factories.make_team())
    with pytest.raises(InvalidInput):
        actions.assign(actor=world.nurse, conversation_id=world.conversation_id, staff_id=outsider.id)
    actions.assign(actor=world.nurse, conversation_id=world.conversation_id, staff_id=None)
    assert (world.conversation.state, world.conversation.assignee_id) == (State.NEW, None)


def test_a006_another_team_sees_and_counts_nothing(world: World) -> None:
    outsider = factories.staff_actor(factories.make_staff(factories.make_team()))
    assert queries.queue_view(outsider, Queue.OPEN).page.rows == ()
    assert set(queries.queue_counts(outsider).values()) == {0}
    with pytest.raises(NotFound):
        disclosure.disclose(actor=outsider, conversation_id=world.conversation_id)
    for deed in (actions.take, actions.reopen):
        with pytest.raises(NotFound):
            deed(actor=outsider, conversation_id=world.conversation_id)
    denied = AuditEvent.objects.get(deed="denied")
    assert (denied.actor_staff_id, denied.subject_id) == (outsider.staff_id, world.record.id)


def test_a017_a_member_who_has_left_loses_access_at_once(world: World) -> None:
    disclosure.disclose(actor=world.nurse, conversation_id=world.conversation_id)
    TeamMembership.objects.filter(staff=world.nurse_row).update(ended_at=clock.now())
    with pytest.raises(NotFound):
        disclosure.disclose(actor=world.nurse, conversation_id=world.conversation_id)


def test_opening_is_a_receipt_once_for_each_reader(world: World) -> None:
    for _ in range(2):
        disclosure.disclose(actor=world.nurse, conversation_id=world.conversation_id)
    disclosure.disclose(actor=world.clerk, conversation_id=world.conversation_id)
    assert MessageOpening.objects.filter(message=world.message).count() == 2
    assert AuditEvent.objects.filter(deed="conversation_read", subject_id=world.record.id).count() == 3


def test_a_veteran_reading_clears_only_the_unread_mark(world: World) -> None:
    world.answer()
    disclosure.disclose(actor=world.veteran, conversation_id=world.conversation_id)
    assert not world.conversation.veteran_unread
    assert not MessageOpening.objects.exists()


def test_queues_hold_what_their_names_say(world: World) -> None:
    with clock.at(TUESDAY + dt.timedelta(days=3)):
        assert queries.queue_counts(world.nurse)[Queue.DUE_TODAY] == 0  # the due instant itself is overdue
    with clock.at(dt.datetime(2026, 3, 6, 13, tzinfo=dt.UTC)):
        counts = queries.queue_counts(world.nurse)
    held = {queue for queue, count in counts.items() if count}
    assert held == {Queue.OPEN, Queue.UNASSIGNED, Queue.DUE_TODAY}
    with clock.at(dt.datetime(2026, 3, 6, 15, 0, 1, tzinfo=dt.UTC)):
        assert queries.queue_counts(world.nurse)[Queue.OVERDUE] == 1


def test_possibly_urgent_stands_first(world: World) -> None:
    content = DraftContent(team_id=world.team.id, category="general", subject="Chest", body="Chest pain now")
    mailbox_actions.send(actor=world.veteran, draft_id=uuid.uuid4(), content=content, possibly_urgent=True)
    assert [row.subject for row in queries.queue_view(world.nurse, Queue.OPEN).urgent] == ["Chest"]
    assert [row.subject for row in queries.queue_view(world.nurse, Queue.OPEN).page.rows] == ["Knee"]


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("event", list(Event))
@pytest.mark.parametrize("assigned", [True, False])
def test_every_transition_is_in_the_table_or_refused(state: State, event: Event, *, assigned: bool) -> None:
    legal = (event, assigned) in workflow.TRANSITIONS and state in workflow.TRANSITIONS[event, assigned].sources
    assert workflow.may(state, event, assigned=assigned) == legal
    if legal:
        assert workflow.move(state, event, assigned=assigned) == workflow.TRANSITIONS[event, assigned].target
    else:
        with pytest.raises(workflow.IllegalTransition):
            workflow.move(state, event, assigned=assigned)
