"""Slots: one run in each, whoever knocks how often; what failed or died is taken up again, a few times."""

import datetime as dt
import re
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from pytest_django import Settings

from smportal import clock
from smportal.jobs import schedule, slots
from smportal.jobs.models import JobSlot, Outcome
from smportal.jobs.running import run
from smportal.jobs.slots import LEASE, MOST_ATTEMPTS, claim, end
from tests.fixtures.stack import ROOT

NOW = dt.datetime(2026, 3, 3, 15, 0, 0, tzinfo=dt.UTC)
SWEEP, PURGE = "track-responses", "purge-files"
SECOND, MINUTE, HOUR = dt.timedelta(seconds=1), dt.timedelta(minutes=1), dt.timedelta(hours=1)


def take(name: str, at: dt.datetime, run_id: uuid.UUID | None = None) -> uuid.UUID | None:
    """Take the slot at an instant; return the run's id when it was to be had."""
    mine = run_id or uuid.uuid4()
    with clock.at(at):
        return mine if claim(name, mine) is not None else None


def finish(name: str, at: dt.datetime, run_id: uuid.UUID, outcome: Outcome = Outcome.DONE) -> None:
    with clock.at(at):
        end(name, run_id, outcome, seconds=0.25, count=3)


@pytest.mark.django_db
def test_a_slot_is_taken_once_and_the_next_when_it_comes() -> None:
    first = take(SWEEP, NOW)
    assert first
    finish(SWEEP, NOW + SECOND, first)
    assert take(SWEEP, NOW + 59 * SECOND) is None
    assert take(SWEEP, NOW + MINUTE)
    row = JobSlot.objects.get(name=SWEEP)
    assert (row.runs, row.attempts, row.duration_ms, row.count) == (2, 1, 250, 3)
    assert row.ended_at == row.succeeded_at == NOW + SECOND


@pytest.mark.django_db
def test_a_day_s_slot_begins_at_its_hour_and_is_still_there_for_a_beat_that_comes_late() -> None:
    at = NOW.replace(hour=8, minute=40)
    first = take(PURGE, at - SECOND)
    assert first
    finish(PURGE, at - SECOND, first)
    assert take(PURGE, at), "today’s slot"
    late = take(PURGE, at + 29 * HOUR)
    assert late, "the next day’s, five hours late"
    finish(PURGE, at + 29 * HOUR, late)
    assert take(PURGE, at + 29 * HOUR + 10 * MINUTE) is None


@pytest.mark.django_db
def test_f012_six_hours_away_are_caught_up_by_one_run() -> None:
    first = take(SWEEP, NOW)
    assert first
    finish(SWEEP, NOW, first)
    later = NOW + 6 * HOUR
    # A storm of starts that a broker kept.
    taken = [mine for mine in (take(SWEEP, later) for _ in range(360)) if mine]
    assert len(taken) == 1
    assert JobSlot.objects.get(name=SWEEP).runs == 2


@pytest.mark.django_db
def test_a_run_that_died_is_taken_up_when_it_cannot_live_any_more() -> None:
    dead = take(PURGE, NOW)
    assert dead
    assert take(PURGE, NOW + LEASE) is None
    second = take(PURGE, NOW + LEASE + SECOND)
    assert second
    finish(PURGE, NOW + LEASE + 2 * SECOND, second)
    row = JobSlot.objects.get(name=PURGE)
    assert (row.unfinished, row.attempts, row.run_id) == (1, 2, None)


@pytest.mark.django_db
def test_f008_what_the_broker_gives_back_is_taken_up_at_once_but_not_for_ever() -> None:
    """F021: a run that kills every worker does so three times, then waits for its next slot."""
    mine = take(PURGE, NOW)
    assert mine
    again = [take(PURGE, NOW + SECOND, mine) for _ in range(5)]
    assert again == [mine] * (MOST_ATTEMPTS - 1) + [None] * (6 - MOST_ATTEMPTS)
    assert take(PURGE, NOW + HOUR) is None
    assert take(PURGE, NOW + 24 * HOUR)


@pytest.mark.django_db
def test_a_failed_run_is_tried_again_in_its_slot_and_a_success_ends_that() -> None:
    first = take(PURGE, NOW)
    assert first
    finish(PURGE, NOW, first, Outcome.FAILED)
    second = take(PURGE, NOW + 10 * MINUTE)
    assert second
    finish(PURGE, NOW + 10 * MINUTE, second)
    assert take(PURGE, NOW + 20 * MINUTE) is None
    row = JobSlot.objects.get(name=PURGE)
    assert (row.outcome, row.succeeded_at) == (Outcome.DONE, NOW + 10 * MINUTE)


@pytest.mark.django_db
def test_a_run_that_overlaps_the_next_one_takes_nothing_from_it() -> None:
    slow = take(SWEEP, NOW)
    quick = take(SWEEP, NOW + MINUTE)
    assert slow
    assert quick
    assert JobSlot.objects.get().unfinished == 1
    finish(SWEEP, NOW + MINUTE + SECOND, slow)
    row = JobSlot.objects.get()
    assert (row.unfinished, row.run_id) == (0, quick)


@pytest.mark.django_db
def test_f014_slots_go_by_the_database_s_clock_and_one_that_lies_ahead_holds_nothing_up() -> None:
    ahead = take(SWEEP, NOW + 365 * 24 * HOUR)
    assert ahead
    assert take(SWEEP, NOW), "a server whose clock was put right"
    assert take(SWEEP, NOW) is None
    JobSlot.objects.all().delete()
    assert "clock_timestamp()" in slots._CLAIM
    # Without a moved clock, no instant of this process goes to the server.
    assert clock.moved_to() is None
    assert claim(SWEEP, uuid.uuid4()) is not None
    with connection.cursor() as cursor:
        cursor.execute("SELECT claimed_at BETWEEN now() - interval '1 minute' AND clock_timestamp() FROM jobs_jobslot")
        assert cursor.fetchone() == (True,)


@pytest.mark.django_db
@pytest.mark.parametrize("off", [dt.timedelta(minutes=10), dt.timedelta(minutes=-10), dt.timedelta(days=365)])
def test_f014_a_worker_whose_clock_is_wrong_takes_the_slots_that_everybody_takes(
    monkeypatch: pytest.MonkeyPatch, off: dt.timedelta
) -> None:
    """The daily job, so that the end of a slot is not in the middle of the test, but once a day."""
    right = claim(PURGE, uuid.uuid4())
    JobSlot.objects.all().delete()
    real = clock.SystemClock.now
    with monkeypatch.context() as skewed:
        skewed.setattr(clock.SystemClock, "now", staticmethod(lambda: real() + off))
        assert clock.now() - real() > off - SECOND
        wrong = claim(PURGE, uuid.uuid4())
    assert right is not None
    assert wrong is not None
    assert wrong - right in {0, 1}
    assert claim(PURGE, uuid.uuid4()) is None


@pytest.mark.usefixtures("committed_db")
def test_f012_of_many_at_once_one_takes_the_slot() -> None:
    together = threading.Barrier(8)

    def knock() -> bool:
        try:
            together.wait(60)
            with clock.at(NOW):
                return claim(SWEEP, uuid.uuid4()) is not None
        finally:
            connection.close()

    for _ in range(2):
        with ThreadPoolExecutor(8) as pool:
            results = [future.result(60) for future in [pool.submit(knock) for _ in range(8)]]
        assert sum(results) == 1
        # The second time a row is there already.
        JobSlot.objects.update(slot=1, run_id=None)


@pytest.mark.django_db
def test_how_a_run_ended_is_noted_and_of_an_error_its_class_alone() -> None:
    def fail() -> int:
        raise ValueError("Knee pain of John Doe")

    with clock.at(NOW), pytest.raises(ValueError, match="Knee"):
        run(SWEEP, uuid.uuid4(), fail)
    row = JobSlot.objects.get()
    assert (row.outcome, row.error, row.succeeded_at) == (Outcome.FAILED, "ValueError", None)
    with clock.at(NOW + MINUTE):
        assert run(SWEEP, uuid.uuid4(), lambda: 7)
        assert not run(SWEEP, uuid.uuid4(), fail)
    row.refresh_from_db()
    assert (row.outcome, row.error, row.count) == (Outcome.DONE, "", 7)


def test_beat_asks_for_rare_jobs_often_enough_to_miss_none(settings: Settings) -> None:
    entries = settings.CELERY_BEAT_SCHEDULE
    assert entries.keys() == schedule.JOBS.keys()
    assert max(entry["schedule"] for entry in entries.values()) <= 10 * MINUTE
    assert LEASE.total_seconds() > settings.CELERY_TASK_TIME_LIMIT
    for entry in entries.values():
        assert entry["options"]["expires"] >= 10


def test_f010_no_task_can_run_long_enough_for_the_broker_to_give_it_away_twice(settings: Settings) -> None:
    """A start that is not confirmed in its visibility time-out is given to another worker, again and again."""
    visible = settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
    assert settings.CELERY_TASK_SOFT_TIME_LIMIT < settings.CELERY_TASK_TIME_LIMIT <= visible / 10
    assert LEASE.total_seconds() < visible
    # Nor does a start wait in a worker's hands for a later hour.
    for folder in ("smportal", "accounts", "eligibility", "messaging"):
        for path in (ROOT / folder).rglob("*.py"):
            assert not re.search(r"\b(eta|countdown)=", path.read_text()), path
