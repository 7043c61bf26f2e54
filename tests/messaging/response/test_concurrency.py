"""Clocks under several sweeps, crashes, and calendars that change while somebody sends."""

import datetime as dt
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import TypeVar

import pytest
from django.db import connection, transaction

from messaging.models import Closure, Conversation, Notification, Obligation, ObligationEnd
from messaging.response.actions import (
    SweepResult,
    add_closure,
    end_obligation,
    recompute,
    start_obligation,
    sweep,
)
from smportal.actor import Actor
from smportal.audit.models import AuditEvent
from smportal.errors import Conflict
from tests import factories
from tests.fixtures.children import child, line_of
from tests.fixtures.databases import CommittedDatabase
from tests.messaging.making import TUESDAY, make_conversation, make_obligation

pytestmark = pytest.mark.usefixtures("committed_db")
SYSTEM = Actor.system("test")
OVERDUE = TUESDAY + dt.timedelta(days=4)
WEDNESDAY = dt.date(2026, 3, 4)
LATER_WITHOUT_WEDNESDAY = dt.datetime(2026, 3, 9, 14, tzinfo=dt.UTC)


T = TypeVar("T")


def apart(work: Callable[[], T]) -> Callable[[], T]:
    """Wrap work for a thread of its own: its connection is closed with it."""

    def run() -> T:
        try:
            return work()
        finally:
            connection.close()

    return run


def make_owed(count: int) -> None:
    team = factories.make_team()
    factories.make_staff(team, leads=True)
    for _ in range(count):
        make_obligation(team)


def assert_each_step_taken_once(count: int) -> None:
    assert Obligation.objects.filter(reminded_at=OVERDUE, overdue_at=OVERDUE, escalated_at=None).count() == count
    assert Notification.objects.filter(kind="overdue").count() == Notification.objects.count() == count
    told = AuditEvent.objects.filter(deed="obligation_step").values_list("object_id", flat=True)
    assert len(told) == len(set(told)) == count


def test_sweeps_at_once_take_each_step_once() -> None:
    """F012: beat that runs twice."""
    make_owed(40)
    together = threading.Barrier(4)

    def work() -> SweepResult:
        together.wait(60)
        return sweep(now=OVERDUE, batch=3)

    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(apart(work)) for _ in range(4)]
        results = [future.result(60) for future in futures]

    assert sum(result.overdue for result in results) == 40
    assert sum(result.notified for result in results) == 40
    assert_each_step_taken_once(40)


def test_a_sweep_after_six_hours_of_absence_catches_up_once() -> None:
    """F012: beat that was away."""
    make_owed(3)
    assert sweep(now=OVERDUE) == SweepResult(reminded=3, overdue=3, notified=3)
    assert sweep(now=OVERDUE) == SweepResult()
    assert_each_step_taken_once(3)


KILLED_IN_THE_MIDDLE = """
import os, signal, sys
from datetime import datetime
import django
django.setup()
from messaging.response import sweeping
batches, tell = [], sweeping._tell
def tell_and_die(taken, now):
    batches.append(taken)
    told = tell(taken, now)
    if len(batches) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    return told
sweeping._tell = tell_and_die
sweeping.sweep(now=datetime.fromisoformat(sys.argv[1]), batch=4)
"""


@pytest.mark.parametrize("batch", [1, 2])
def test_a_sweep_killed_half_way_is_finished_by_the_next(committed_db: CommittedDatabase, batch: int) -> None:
    make_owed(10)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_IN_THE_MIDDLE, OVERDUE.isoformat(), str(batch)],
        env=committed_db.environment,
        check=False,
        capture_output=True,
        timeout=60,
    )
    assert killed.returncode == -9, killed.stderr
    done = 4 * (batch - 1)
    assert Obligation.objects.filter(overdue_at__isnull=False).count() == done
    assert Notification.objects.count() == done

    assert sweep(now=OVERDUE).overdue == 10 - done

    assert_each_step_taken_once(10)


ROW_BY_ROW = """
import sys
from datetime import datetime
import django
django.setup()
from messaging.response.sweeping import sweep
print("ready", flush=True)
input()
sweep(now=datetime.fromisoformat(sys.argv[1]), batch=1)
"""


def sweeper(environment: Mapping[str, str]) -> AbstractContextManager["subprocess.Popen[str]"]:
    return child("-c", ROW_BY_ROW, OVERDUE.isoformat(), environment=environment)


def test_f012_of_two_sweeps_in_processes_of_their_own_one_is_killed_and_nothing_is_taken_twice(
    committed_db: CommittedDatabase,
) -> None:
    make_owed(30)
    with sweeper(committed_db.environment) as killed, sweeper(committed_db.environment) as other:
        for process in (killed, other):
            assert line_of(process) == "ready"
        for process in (killed, other):
            assert process.stdin is not None
            print(file=process.stdin, flush=True)
        for _ in range(6000):
            if Obligation.objects.filter(overdue_at__isnull=False).count() >= 6:
                break
            threading.Event().wait(0.005)
        killed.kill()
        assert other.wait(60) == 0
    # The other one passed over the row that the killed one had in hand, if it had one.
    left = sweep(now=OVERDUE).overdue
    assert left <= 1
    assert_each_step_taken_once(30)


def test_a_clock_that_starts_while_a_closure_is_entered_knows_it() -> None:
    conversation = make_conversation()
    started = threading.Event()

    def send() -> Obligation:
        assert started.wait(60)
        with transaction.atomic():
            Conversation.objects.select_for_update().get(id=conversation.id)
            return start_obligation(actor=SYSTEM, conversation=conversation, at=TUESDAY)

    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(apart(send))
        with transaction.atomic():
            add_closure(actor=SYSTEM, facility=None, first_date=WEDNESDAY, last_date=WEDNESDAY, reason="Storm")
            started.set()
            wait_until_somebody_waits_for_a_lock()
            assert not sending.done()
        assert sending.result(60).due_at == LATER_WITHOUT_WEDNESDAY


def test_a_closure_entered_while_a_clock_starts_moves_it() -> None:
    conversation = make_conversation()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Conversation.objects.select_for_update().get(id=conversation.id)
            start_obligation(actor=SYSTEM, conversation=conversation, at=TUESDAY)
            closing = pool.submit(apart(close_wednesday))
            wait_until_somebody_waits_for_a_lock()
        closing.result(60)

    assert Obligation.objects.get().due_at == LATER_WITHOUT_WEDNESDAY
    assert Conversation.objects.get().due_at == LATER_WITHOUT_WEDNESDAY


def close_wednesday() -> None:
    add_closure(actor=SYSTEM, facility=None, first_date=WEDNESDAY, last_date=WEDNESDAY, reason="Storm")


def test_a_closure_waits_for_a_reply_under_way_and_leaves_its_clock_alone() -> None:
    obligation, other = make_obligation(), make_obligation()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            conversation = Conversation.objects.select_for_update().get(id=obligation.conversation_id)
            closing = pool.submit(apart(close_wednesday))
            wait_until_somebody_holds_the_calendar()
            end_obligation(actor=SYSTEM, conversation=conversation, end=ObligationEnd.ANSWERED, at=TUESDAY)
        closing.result(60)

    assert Obligation.objects.get(id=obligation.id).due_at == obligation.due_at
    assert Obligation.objects.get(id=other.id).due_at == LATER_WITHOUT_WEDNESDAY
    assert Conversation.objects.get(id=conversation.id).due_at is None


def test_a_send_that_waits_for_the_calendar_does_not_deadlock_with_the_closure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The closure holds the calendar, the sender the conversation, and each wants the other's: the sender wins."""
    monkeypatch.setattr("messaging.response.recomputing._PATIENCE_SECONDS", 0.2)
    obligation = make_obligation()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            conversation = Conversation.objects.select_for_update().get(id=obligation.conversation_id)
            end_obligation(actor=SYSTEM, conversation=conversation, end=ObligationEnd.ANSWERED, at=TUESDAY)
            closing = pool.submit(apart(close_wednesday))
            wait_until_somebody_holds_the_calendar()
            start_obligation(actor=SYSTEM, conversation=conversation, at=TUESDAY)
        with pytest.raises(Conflict):
            closing.result(60)

    assert Obligation.objects.get(ended_at=None).due_at == obligation.due_at
    assert not Closure.objects.exists()


def test_recomputing_gives_up_with_words_when_a_conversation_stays_locked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("messaging.response.recomputing._PATIENCE_SECONDS", 0.1)
    obligation = make_obligation()
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        Conversation.objects.select_for_update().get(id=obligation.conversation_id)
        recomputing = pool.submit(apart(lambda: recompute(actor=SYSTEM, facility_ids=None, reason="test")))
        with pytest.raises(Conflict):
            recomputing.result(60)


def test_two_sends_in_one_conversation_start_one_clock() -> None:
    conversation = make_conversation()
    together = threading.Barrier(2)

    def send() -> Obligation:
        together.wait(60)
        with transaction.atomic():
            mine = Conversation.objects.select_for_update().get(id=conversation.id)
            return start_obligation(actor=SYSTEM, conversation=mine, at=TUESDAY)

    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(apart(send)) for _ in range(2)]
        assert len({future.result(60).id for future in futures}) == 1
    assert Obligation.objects.count() == 1


def wait_until(condition: str) -> None:
    """Poll the server's locks, on the test's own connection, until one of this database's fits."""
    for _ in range(12_000):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
                f" WHERE d.datname = current_database() AND l.locktype = 'advisory' AND {condition}"
            )
            row = cursor.fetchone()
        if row and row[0]:
            return
        threading.Event().wait(0.005)
    pytest.fail(f"no lock became: {condition}")


def wait_until_somebody_waits_for_a_lock() -> None:
    wait_until("NOT l.granted")


def wait_until_somebody_holds_the_calendar() -> None:
    wait_until("l.granted AND l.mode = 'ExclusiveLock'")
