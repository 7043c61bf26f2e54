"""One deed for several conversations of a queue: all of them or none, with the number named before."""

import datetime as dt
import uuid

import pytest
from django.test import Client

from messaging import workflow
from messaging.inbox import actions, bulk, queries
from messaging.inbox.queries import Queue
from messaging.mailbox import actions as mailbox_actions
from messaging.mailbox.content import DraftContent
from messaging.models import Conversation, HandOver, State
from smportal import clock
from smportal.audit.models import AuditEvent
from smportal.errors import InvalidInput, NotFound
from tests import factories
from tests.signing_in import sign_in

TUESDAY = dt.datetime(2026, 3, 3, 15, tzinfo=dt.UTC)


class World:
    """Three conversations of one team, one of a team elsewhere, and another team of the facility."""

    def __init__(self) -> None:
        account, _, self.team = factories.make_eligible_veteran()
        self.nurse_row = factories.make_staff(self.team, name="Nora Nurse")
        self.nurse = factories.staff_actor(self.nurse_row)
        self.clerk_row = factories.make_staff(self.team, name="Cleo Clerk")
        self.other = factories.make_team(self.team.facility)
        factories.participate(factories.make_staff(self.other), self.other)
        self.veteran = factories.actor_for(account)
        self.ids = [self.write(self.team.id) for _ in range(3)]
        stranger, _, elsewhere = factories.make_eligible_veteran()
        self.veteran = factories.actor_for(stranger)
        self.foreign = self.write(elsewhere.id)

    def write(self, team_id: uuid.UUID, *, urgent: bool = False) -> uuid.UUID:
        content = DraftContent(team_id=team_id, category="general", subject="Knee", body="It hurts.")
        with clock.at(TUESDAY):
            return mailbox_actions.send(
                actor=self.veteran, draft_id=uuid.uuid4(), content=content, possibly_urgent=urgent
            ).conversation_id

    def states(self) -> set[tuple[str, uuid.UUID | None]]:
        rows = Conversation.objects.filter(id__in=self.ids).order_by("id")
        return set(rows.values_list("state", "assignee_id"))


@pytest.fixture
def world(db: None) -> World:
    return World()


@pytest.fixture
def browser(world: World, client: Client) -> Client:
    assert world.nurse_row.account is not None
    sign_in(client, world.nurse_row.account)
    return client


def test_each_is_assigned_completed_or_handed_over(world: World) -> None:
    assert bulk.assign_all(actor=world.nurse, conversation_ids=world.ids, staff_id=world.clerk_row.id) == 3
    assert world.states() == {(State.IN_PROGRESS, world.clerk_row.id)}
    key = uuid.uuid4()
    for _ in range(2):
        done = bulk.hand_over_all(
            actor=world.nurse, conversation_ids=world.ids[:2], team_id=world.other.id, key=key, note="For you"
        )
        assert done == 2
    assert HandOver.objects.count() == 2
    assert bulk.complete_all(actor=world.nurse, conversation_ids=world.ids[2:], outcome="phoned") == 1
    assert set(Conversation.objects.filter(team=world.other).values_list("state", flat=True)) == {State.NEW}


def test_one_that_is_somebody_elses_or_unknown_leaves_all_as_they_were(world: World) -> None:
    before = world.states()
    for stranger in (world.foreign, uuid.uuid4()):
        with pytest.raises(NotFound):
            bulk.complete_all(actor=world.nurse, conversation_ids=[*world.ids, stranger], outcome="phoned")
    assert world.states() == before
    assert Conversation.objects.get(id=world.foreign).state == State.NEW


def test_one_that_a_colleague_completed_meanwhile_leaves_all_as_they_were(world: World) -> None:
    actions.complete(actor=world.nurse, conversation_id=world.ids[1], outcome="phoned")
    before, audited = world.states(), AuditEvent.objects.count()
    with pytest.raises(workflow.IllegalTransition):
        bulk.complete_all(actor=world.nurse, conversation_ids=world.ids, outcome="answered")
    assert world.states() == before
    assert AuditEvent.objects.count() == audited


def test_nothing_and_too_many_are_refused(world: World) -> None:
    with pytest.raises(InvalidInput, match="at least one"):
        bulk.chosen(world.nurse, [])
    with pytest.raises(InvalidInput, match="at most 100"):
        bulk.chosen(world.nurse, [uuid.uuid4() for _ in range(101)])


def test_the_number_is_named_before_it_happens_and_everything_typed_stays(world: World, browser: Client) -> None:
    fields = {"queue": "open", "conversation": [str(one) for one in world.ids]}
    asked = browser.post("/team/selected/", {**fields, "deed": "assign"}).content.decode()
    assert "<h1>Assign 3 conversations</h1>" in asked
    assert asked.count('name="conversation"') == 3
    assert world.states() == {(State.NEW, None)}
    shown = AuditEvent.objects.filter(deed="list_shown").latest("occurred_at")
    assert set(shown.details["conversations"]) == {str(one) for one in world.ids}
    done = browser.post(
        "/team/selected/", {**fields, "deed": "assign", "confirmed": "1", "staff": str(world.clerk_row.id)}, follow=True
    )
    assert "Assigned: 3 conversations." in done.content.decode()
    assert world.states() == {(State.IN_PROGRESS, world.clerk_row.id)}
    hand_over = {**fields, "deed": "hand-over", "confirmed": "1", "key": str(uuid.uuid4()), "note": "Typed already"}
    refused = browser.post("/team/selected/", hand_over)
    assert refused.status_code == 400
    assert "Choose a care team" in refused.content.decode()
    assert "Typed already" in refused.content.decode()
    for _ in range(2):
        given = browser.post("/team/selected/", {**hand_over, "team": str(world.other.id)}, follow=True)
        assert "Handed over: 3 conversations." in given.content.decode()
    assert HandOver.objects.count() == 3


def test_forged_forms_change_nothing(world: World, browser: Client) -> None:
    good = {"queue": "open", "deed": "complete", "conversation": [str(world.ids[0])], "confirmed": "1", "outcome": "x"}
    assert browser.post("/team/selected/", good).status_code == 400
    for wrong in ({"queue": "x"}, {"deed": "delete"}, {"conversation": ["1"]}, {"conversation": [str(world.foreign)]}):
        assert browser.post("/team/selected/", {**good, **wrong}).status_code == 404
    nothing = browser.post("/team/selected/", {**good, "conversation": []}, follow=True)
    assert "Select at least one conversation" in nothing.content.decode()
    assert world.states() == {(State.NEW, None)}


def test_the_possibly_urgent_have_a_queue_of_their_own(world: World) -> None:
    urgent = Conversation.objects.filter(id=world.ids[1])
    urgent.update(possibly_urgent=True)
    view = queries.queue_view(world.nurse, Queue.URGENT)
    assert [row.id for row in view.page.rows] == [world.ids[1]]
    assert view.urgent == ()
    assert queries.queue_counts(world.nurse)[Queue.URGENT] == 1
