"""Beat twice, beat away, workers killed, a broker that lost everything: each slot once, by real processes (F006, F008, F012)."""

import json
import os
import shelve
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import psutil
import psycopg
import redis
from celery import __version__
from celery import beat as celery_beat
from django.conf import settings
from pytest_django import DjangoDbBlocker

from messaging.models import Notification, Obligation
from smportal import clock
from smportal.audit.models import AuditEvent
from smportal.celery import app
from smportal.devstack import services
from smportal.devstack.supervisor import Running, Service
from smportal.jobs.models import JobSlot, Outcome
from smportal.jobs.schedule import JOBS, NAME_OF_TASK
from tests import factories
from tests.fixtures.databases import lock_waiters
from tests.messaging.making import make_obligation
from tests.security.portal import Portal, running
from tests.security.test_broker import TASK, envelope

SWEEP = "track-responses"


def wait_for(holds: Callable[[], object], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        threading.Event().wait(0.05)


def start_beat(portal: Portal, name: str, state: Path) -> Running:
    """Start a beat that was away for six hours: everything is due at once."""
    make_schedule(state, hours_ago=6)
    command = services.beat_command(state)
    return portal.supervisor.start(Service(name=name, command=command, environment=portal.environment))


def stop(portal: Portal, *processes: Running) -> None:
    for process in processes:
        process.process.kill()
        process.process.wait(60)
        portal.supervisor.running.remove(process)


def knocks(broker: "redis.Redis") -> Counter[str]:
    """Count the starts that lie in the broker, by job."""
    waiting = broker.lrange("celery", 0, -1)
    return Counter(NAME_OF_TASK[json.loads(message)["headers"]["task"]] for message in waiting)


def slot_of(name: str, instant: datetime) -> int:
    """Return the number of the slot of a job that an instant lies in."""
    job = JOBS[name]
    return int((instant.timestamp() - job.at.total_seconds()) // job.every.total_seconds())


def ran_six_hours_ago() -> None:
    """Write the slots as six quiet hours left them, and three clocks of which all steps fell due meanwhile."""
    last = clock.now() - timedelta(hours=6)
    for name in JOBS:
        slot = slot_of(name, last)
        end = {"ended_at": last, "succeeded_at": last, "outcome": Outcome.DONE}
        JobSlot.objects.create(name=name, slot=slot, claimed_at=last, attempts=1, runs=1, unfinished=0, **end)
    team = factories.make_team()
    factories.make_administrator(team.facility)
    for _ in range(3):
        make_obligation(team, at=clock.now() - timedelta(days=14))


def test_f006_f012_two_beats_back_after_six_hours_and_a_broker_that_lost_everything_make_one_run_of_each(
    tmp_path: Path, operator_redis: "redis.Redis", django_db_blocker: DjangoDbBlocker
) -> None:
    with running(tmp_path / "portal", django_db_blocker, REDIS_URL=os.environ["REDIS_URL"]) as portal:
        with portal.rows():
            ran_six_hours_ago()
        beat = start_beat(portal, "beat", tmp_path / "beat")
        wait_for(lambda: len(knocks(operator_redis)) == len(JOBS))
        stop(portal, beat)
        assert knocks(operator_redis)[SWEEP] == 1, "one start for six hours, no storm"
        # What the broker held is gone. Then two beats ask before any worker is there: every start has a rival.
        operator_redis.flushdb()
        beats = [start_beat(portal, f"beat{number}", tmp_path / f"beat{number}") for number in range(2)]
        wait_for(lambda: len(knocks(operator_redis)) == len(JOBS) and min(knocks(operator_redis).values()) >= 2)
        stop(portal, *beats)
        with portal.rows():
            began = clock.now()
            portal.start_worker()
            wait_for(lambda: not operator_redis.llen("celery") and not operator_redis.hlen("unacked"))
            ran = {name: runs - 1 for name, runs in JobSlot.objects.values_list("name", "runs")}
            most = {name: slot_of(name, clock.now()) - slot_of(name, began) + 1 for name in JOBS}
            assert JobSlot.objects.exclude(outcome=Outcome.DONE).count() == 0
            told = Counter(Notification.objects.filter(kind="escalation").values_list("cause_id", flat=True))
            steps = Counter(AuditEvent.objects.filter(deed="obligation_step").values_list("object_id", flat=True))
            assert Obligation.objects.filter(escalated_at=None).count() == 0
    # Starts of what runs every few seconds were dropped where the worker took longer to come; the others ran.
    due = [name for name, job in JOBS.items() if timedelta(minutes=1) <= job.every <= timedelta(hours=1)]
    assert [name for name in due if not ran[name]] == []
    assert [name for name in ran if ran[name] > most[name]] == []
    # Each step of each clock is taken once and told once.
    assert list(told.values()) == list(steps.values()) == [1, 1, 1]


def make_schedule(state: Path, *, hours_ago: int) -> None:
    """Write the file in which beat keeps when it last asked, as a beat that ended then left it."""
    state.mkdir(exist_ok=True)
    for old in state.glob("beat-schedule*"):
        old.unlink()
    last = clock.now() - timedelta(hours=hours_ago)
    with shelve.open(str(state / "beat-schedule"), writeback=True) as kept:  # noqa: S301 - our own file
        scheduler = celery_beat.Scheduler(app, lazy=True)
        kept["entries"] = {
            name: scheduler.Entry(**{**entry, "name": name, "last_run_at": last, "app": app})
            for name, entry in settings.CELERY_BEAT_SCHEDULE.items()
        }
        kept["__version__"] = __version__
        kept["tz"], kept["utc_enabled"] = app.conf.timezone, app.conf.enable_utc


def test_f008_a_pool_child_killed_in_the_middle_of_a_run_is_followed_by_another(
    tmp_path: Path, operator_redis: "redis.Redis", django_db_blocker: DjangoDbBlocker
) -> None:
    """The daily purge: without slots that can be taken again, nothing would come back before the next day."""
    with (
        running(tmp_path / "portal", django_db_blocker, REDIS_URL=os.environ["REDIS_URL"]) as portal,
        psycopg.connect(portal.database.owner_url) as owner,
    ):
        worker = portal.start_worker()
        # The run gets as far as its table, and waits there until it is killed.
        owner.execute("LOCK TABLE messaging_attachment")
        operator_redis.lpush("celery", envelope("application/json", TASK, "utf-8", task=JOBS["purge-files"].task))
        with portal.rows():
            wait_for(lambda: JobSlot.objects.filter(name="purge-files").exists())
            wait_for(lambda: lock_waiters(owner))
            [child] = psutil.Process(worker.process.pid).children()
            os.kill(child.pid, signal.SIGKILL)
            wait_for(lambda: JobSlot.objects.get().attempts == 2)
            owner.rollback()
            wait_for(lambda: JobSlot.objects.get().outcome == Outcome.DONE)
            row = JobSlot.objects.get()
    assert (row.attempts, row.unfinished, row.run_id) == (2, 1, None)
