"""Conversations change hands: to another team, back from people who leave, never to nobody."""

import datetime as dt
import threading
import time
import uuid
from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from accounts.models import Account
from eligibility import actions as eligibility_actions
from eligibility.models import CareTeam, StaffMember
from messaging import disclosure, workflow
from messaging.inbox import actions, handing_over
from messaging.mailbox import actions as mailbox_actions
from messaging.models import HandOver, Obligation, State
from smportal import clock
from smportal.actor import Actor
from smportal.audit.models import AuditEvent
from smportal.errors import InvalidInput, NotFound, Refused
from tests import factories
from tests.eligibility.feeds.helpers import load
from tests.fixtures.databases import CommittedDatabase, lock_waiters
from tests.messaging.asked import TUESDAY
from tests.messaging.asked import World as Asked
from tests.signing_in import sign_in


class World(Asked):
    """The facility has another team that takes part."""

    def __init__(self) -> None:
        super().__init__()
        self.other: CareTeam = factories.make_team(self.team.facility, public_name="Heart care")
        self.other_row: StaffMember = factories.make_staff(self.other, name="Hal Heart")
        factories.participate(self.other_row, self.other)
        self.heart: Actor = factories.staff_actor(self.other_row)
        self.administrator = factories.actor_for(factories.make_administrator(self.team.facility))

    @property
    def standing(self) -> tuple[str, uuid.UUID | None]:
        """State and assignee as they are now."""
        return self.conversation.state, self.conversation.assignee_id

    def hand_over(
        self, team: CareTeam | None = None, *, actor: Actor | None = None, key: uuid.UUID | None = None, note: str = ""
    ) -> HandOver:
        return handing_over.hand_over(
            actor=actor or self.nurse,
            conversation_id=self.message.conversation_id,
            team_id=(team or self.other).id,
            key=key or uuid.uuid4(),
            note=note,
        )

    def take(self, actor: Actor | None = None) -> None:
        actions.take(actor=actor or self.nurse, conversation_id=self.message.conversation_id)


@pytest.fixture
def world(db: None) -> World:
    return World()


def test_the_other_team_gets_it_whole_and_the_clock_goes_on(world: World) -> None:
    world.take()
    before = Obligation.objects.get()
    with clock.at(TUESDAY + dt.timedelta(hours=5)):
        world.hand_over(note="Please call him first")
    conversation, after = world.conversation, Obligation.objects.get()
    assert (conversation.team_id, conversation.assignee_id, conversation.state) == (world.other.id, None, State.NEW)
    assert conversation.team_unread
    assert (after.started_at, after.due_at, after.ended_at) == (before.started_at, before.due_at, None)
    assert conversation.due_at == before.due_at
    opened = disclosure.disclose(actor=world.heart, conversation_id=conversation.id)
    assert [note.unseal_text("body_sealed") for note in opened.notes.all()] == ["Please call him first"]
    event = AuditEvent.objects.get(deed="handed_over")
    assert event.details["from"] == str(world.team.id)
    assert event.details["to"] == str(world.other.id)


def test_the_old_team_loses_access_at_once_unless_a_person_is_in_both(world: World) -> None:
    both = factories.staff_actor(factories.make_staff(world.team, world.other))
    world.hand_over()
    for gone in (world.nurse, world.clerk):
        with pytest.raises(NotFound):
            disclosure.disclose(actor=gone, conversation_id=world.conversation.id)
        with pytest.raises(NotFound):
            actions.reply(actor=gone, conversation_id=world.conversation.id, draft_id=uuid.uuid4(), body="Late")
    assert disclosure.disclose(actor=both, conversation_id=world.conversation.id).team_id == world.other.id


def test_the_veteran_sees_the_new_team_and_may_reply_without_an_association(world: World) -> None:
    world.hand_over()
    zone = world.team.facility.zone
    assert [
        (move.from_team, move.to_team, move.by)
        for move in handing_over.moves(world.conversation, zone=zone, internal=False)
    ] == [(world.team.public_name, "Heart care", "")]
    with clock.at(TUESDAY + dt.timedelta(days=1)):
        mailbox_actions.reply(
            actor=world.veteran, conversation_id=world.conversation.id, draft_id=uuid.uuid4(), body="Thank you"
        )
    assert world.conversation.team_id == world.other.id


def test_the_veterans_page_says_where_it_went_and_not_who_did_it(world: World, client: Client) -> None:
    sign_in(client, Account.objects.get(record=world.record))
    url = f"/messages/{world.conversation.id}/"
    assert "passed this conversation on" not in client.get(url).content.decode()
    world.hand_over()
    page = client.get(url).content.decode()
    assert f"{world.team.public_name} passed this conversation on to Heart care" in page
    assert "Nora Nurse" not in page


def test_posting_twice_hands_over_once(world: World) -> None:
    key = uuid.uuid4()
    first, second = (world.hand_over(key=key, note="Once") for _ in range(2))
    assert first.id == second.id
    assert HandOver.objects.count() == 1
    assert world.conversation.notes.count() == 1


@pytest.mark.parametrize("case", ["another facility", "inactive", "nobody takes part", "the same team", "no team"])
def test_it_goes_to_a_team_of_the_facility_that_can_answer_and_nowhere_else(world: World, case: str) -> None:
    team = world.other
    if case == "another facility":
        team = factories.make_team()
        factories.participate(factories.make_staff(team), team)
    elif case == "inactive":
        CareTeam.objects.filter(id=team.id).update(is_active=False)
    elif case == "nobody takes part":
        team = factories.make_team(world.team.facility)
        factories.make_staff(team)
    elif case == "the same team":
        team = world.team
    with pytest.raises(InvalidInput) as refused:
        handing_over.hand_over(
            actor=world.nurse,
            conversation_id=world.conversation.id,
            team_id=None if case == "no team" else team.id,
            key=uuid.uuid4(),
            note="Kept out too",
        )
    assert refused.value.field == "team"
    assert world.conversation.team_id == world.team.id
    assert not HandOver.objects.exists()


def test_what_is_answered_or_completed_stays(world: World) -> None:
    actions.complete(actor=world.nurse, conversation_id=world.conversation.id, outcome="phoned")
    with pytest.raises(workflow.IllegalTransition):
        world.hand_over()


def test_others_cannot_hand_it_over(world: World) -> None:
    outsider = factories.staff_actor(factories.make_staff(factories.make_team()))
    for actor in (outsider, world.heart, world.veteran):
        with pytest.raises(NotFound):
            world.hand_over(actor=actor)
    assert world.conversation.team_id == world.team.id


def test_hand_overs_are_never_changed(world: World) -> None:
    given = world.hand_over()
    row = HandOver.objects.filter(id=given.id)
    for change in (row.delete, lambda: row.update(by_staff=world.other_row)):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_the_page_hands_over_and_says_what_is_wrong_beside_the_field(world: World, client: Client) -> None:
    assert world.nurse_row.account is not None
    sign_in(client, world.nurse_row.account)
    url = f"/team/conversations/{world.conversation.id}/"
    page = client.get(url).content.decode()
    assert "Hand over to another team" in page
    refused = client.post(f"{url}hand-over/", {"key": uuid.uuid4(), "team": "", "note": "Typed already"})
    assert refused.status_code == 400
    assert "Choose a care team" in refused.content.decode()
    assert "Typed already" in refused.content.decode()
    fields = {"key": uuid.uuid4(), "team": world.other.id, "note": ""}
    for _ in range(2):
        done = client.post(f"{url}hand-over/", fields, follow=True)
        assert f"Handed over to {world.other.internal_name}" in done.content.decode()
    assert client.get(url).status_code == 404
    assert world.other_row.account is not None
    sign_in(client, world.other_row.account)
    assert "Nora Nurse" in client.get(url).content.decode()


class TestLeaving:
    """Nothing stays with somebody who is gone."""

    def test_a_member_who_is_removed_leaves_the_work_to_the_team(self, world: World) -> None:
        world.take()
        eligibility_actions.remove_member(actor=world.administrator, team_id=world.team.id, staff_id=world.nurse_row.id)
        assert world.standing == (State.NEW, None)
        assert AuditEvent.objects.get(deed="assigned", reason="member_left").details["to"] is None
        assert Obligation.objects.get().ended_at is None

    def test_whoever_leaves_the_va_by_hand_or_by_feed_does_so_too(self, world: World) -> None:
        world.take()
        station = world.team.facility.station_number
        header = "staff_id,name,email,station_number,title,active,care_team_codes,lead_of"
        row = f"{world.nurse_row.staff_id},Nora Nurse,n@example.com,{station},Nurse"
        load("staff", f"{row},yes,{world.team.code},", header=header)
        assert world.conversation.assignee_id == world.nurse_row.id
        load("staff", f"{row},no,,", header=header)
        assert world.standing == (State.NEW, None)
        world.take(world.clerk)
        clerk = StaffMember.objects.get(name="Cleo Clerk")
        eligibility_actions.deactivate_staff(actor=world.administrator, staff_id=clerk.id, reason="left")
        assert world.standing == (State.NEW, None)

    def test_work_in_another_team_and_of_others_stays(self, world: World) -> None:
        world.take(world.clerk)
        eligibility_actions.remove_member(actor=world.administrator, team_id=world.team.id, staff_id=world.nurse_row.id)
        assert world.conversation.assignee_id == world.clerk.staff_id

    def test_a_veteran_who_writes_after_the_assignee_has_left_is_before_the_team_and_the_trail_says_so(
        self, world: World
    ) -> None:
        world.take()
        actions.complete(actor=world.nurse, conversation_id=world.conversation.id, outcome="phoned")
        eligibility_actions.remove_member(actor=world.administrator, team_id=world.team.id, staff_id=world.nurse_row.id)
        with clock.at(TUESDAY + dt.timedelta(days=1)):
            mailbox_actions.reply(
                actor=world.veteran, conversation_id=world.conversation.id, draft_id=uuid.uuid4(), body="Still."
            )
        assert world.standing == (State.NEW, None)
        moved = AuditEvent.objects.filter(deed="state_changed").latest("id")
        assert (moved.reason, moved.details) == ("veteran_writes", {"from": "completed", "to": "new"})
        given_back = AuditEvent.objects.get(deed="assigned", reason="member_left")
        assert given_back.details == {"from": str(world.nurse_row.id), "to": None}

    def test_a_team_with_open_work_is_not_closed_and_says_what_to_do(self, world: World) -> None:
        with pytest.raises(Refused, match="1 conversation is still open") as refused:
            eligibility_actions.edit_team(actor=world.administrator, team_id=world.team.id, is_active=False)
        assert refused.value.field == "is_active"
        assert CareTeam.objects.get(id=world.team.id).is_active
        world.hand_over()
        eligibility_actions.edit_team(actor=world.administrator, team_id=world.team.id, is_active=False)
        assert not CareTeam.objects.get(id=world.team.id).is_active


def _beside(deed: Callable[[], object]) -> tuple[threading.Thread, list[BaseException]]:
    """Run a deed in a thread with a connection of its own."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            deed()
        except BaseException as error:  # noqa: BLE001 - for the test to look at
            failed.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, failed


def wait_for_a_lock(database: CommittedDatabase) -> None:
    """Return once somebody waits for a lock in the test's own database."""
    until = time.monotonic() + 60
    with database.as_superuser() as watcher:
        while not lock_waiters(watcher):
            assert time.monotonic() < until, "nobody waited"
            threading.Event().wait(0.01)


def test_assigning_somebody_who_is_leaving_waits_and_is_refused(committed_db: CommittedDatabase) -> None:
    world = World()
    with transaction.atomic():
        eligibility_actions.remove_member(actor=world.administrator, team_id=world.team.id, staff_id=world.nurse_row.id)
        thread, failed = _beside(
            lambda: actions.assign(
                actor=world.clerk, conversation_id=world.message.conversation_id, staff_id=world.nurse_row.id
            )
        )
        wait_for_a_lock(committed_db)
    thread.join(60)
    assert [type(error) for error in failed] == [InvalidInput]
    assert world.conversation.assignee_id is None


def test_a_team_that_is_being_closed_is_not_handed_anything(committed_db: CommittedDatabase) -> None:
    world = World()
    with transaction.atomic():
        eligibility_actions.edit_team(actor=world.administrator, team_id=world.other.id, is_active=False)
        thread, failed = _beside(world.hand_over)
        wait_for_a_lock(committed_db)
    thread.join(60)
    assert [type(error) for error in failed] == [InvalidInput]
    assert world.conversation.team_id == world.team.id
