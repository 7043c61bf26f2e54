"""A send that is being checked against a change of what it relies on: delivered before it, or refused (A013, A076)."""

import threading
import time
import uuid
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from eligibility import actions
from eligibility.decision import check_may_reply, check_may_write
from eligibility.models import CareTeam, Participation, StaffMember
from smportal.actor import Actor
from smportal.errors import Refused
from tests import factories as make
from tests.fixtures.databases import CommittedDatabase, lock_waiters

SYSTEM = Actor.system("test")

Change = Callable[[uuid.UUID, uuid.UUID], object]

CHANGES: dict[str, Change] = {
    "opt out": lambda team, _record: actions.set_participation(
        actor=SYSTEM, team_id=team, staff_id=Participation.objects.get(team=team).staff_id, opted_in=False
    ),
    "remove member": lambda team, _record: actions.remove_member(
        actor=SYSTEM, team_id=team, staff_id=StaffMember.objects.get(memberships__team=team).id
    ),
    "leave the VA": lambda team, _record: actions.deactivate_staff(
        actor=SYSTEM, staff_id=StaffMember.objects.get(memberships__team=team).id, reason="x"
    ),
    "close team": lambda team, _record: actions.edit_team(actor=SYSTEM, team_id=team, is_active=False),
    "close team in one statement": lambda team, _record: CareTeam.objects.filter(id=team).update(is_active=False),
    "block": lambda team, record: actions.set_block(actor=SYSTEM, record_id=record, team_id=team, reason="x"),
}


class InThread:
    """Runs something on its own connection; `wait` gives its error, if any."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.error: BaseException | None = None
        self.work = work
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.work()
        except BaseException as error:  # noqa: BLE001 - handed to the test
            self.error = error
        finally:
            connection.close()

    def wait(self) -> BaseException | None:
        self.thread.join(60)
        assert not self.thread.is_alive(), "still waiting for a lock"
        return self.error


def until_somebody_waits(database: CommittedDatabase) -> None:
    deadline = time.monotonic() + 10
    with database.as_superuser() as watcher:
        while not lock_waiters(watcher):
            assert time.monotonic() < deadline, "nobody waits for a lock"


@pytest.mark.parametrize("check", [check_may_write, check_may_reply])
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_waits_for_the_send_that_was_checked_first(
    committed_db: CommittedDatabase, change: str, check: Callable[..., object]
) -> None:
    account, record, team = make.make_eligible_veteran()
    actor = make.actor_for(account)
    with transaction.atomic():
        check(actor=actor, team_id=team.id)
        changing = InThread(lambda: CHANGES[change](team.id, record.id))
        until_somebody_waits(committed_db)
    assert changing.wait() is None
    with transaction.atomic(), pytest.raises(Refused):
        check(actor=actor, team_id=team.id)


@pytest.mark.parametrize("check", [check_may_write, check_may_reply])
@pytest.mark.parametrize("change", CHANGES)
def test_a_send_waits_for_the_change_that_came_first_and_is_refused(
    committed_db: CommittedDatabase, change: str, check: Callable[..., object]
) -> None:
    account, record, team = make.make_eligible_veteran()
    actor = make.actor_for(account)

    def send() -> None:
        with transaction.atomic():
            check(actor=actor, team_id=team.id)

    with transaction.atomic():
        CHANGES[change](team.id, record.id)
        sending = InThread(send)
        until_somebody_waits(committed_db)
    assert isinstance(sending.wait(), Refused)


def test_a_change_that_is_rolled_back_lets_the_send_through(committed_db: CommittedDatabase) -> None:
    account, record, team = make.make_eligible_veteran()
    actor = make.actor_for(account)

    def send() -> None:
        with transaction.atomic():
            check_may_write(actor=actor, team_id=team.id)

    with transaction.atomic():
        CHANGES["opt out"](team.id, record.id)
        sending = InThread(send)
        until_somebody_waits(committed_db)
        transaction.set_rollback(True)
    assert sending.wait() is None


def test_sends_do_not_wait_for_each_other(committed_db: CommittedDatabase) -> None:
    account, _, team = make.make_eligible_veteran()
    other, _, _ = make.make_eligible_veteran(team)

    def send() -> None:
        with transaction.atomic():
            check_may_write(actor=make.actor_for(other), team_id=team.id)

    with transaction.atomic():
        check_may_write(actor=make.actor_for(account), team_id=team.id)
        assert InThread(send).wait() is None


def test_the_check_of_a_send_refuses_to_run_where_its_lock_would_not_last(committed_db: CommittedDatabase) -> None:
    account, _, team = make.make_eligible_veteran()
    with pytest.raises(RuntimeError, match="transaction"):
        check_may_write(actor=make.actor_for(account), team_id=team.id)
    assert check_may_write(actor=make.actor_for(account), team_id=team.id, lock=False).may_write
