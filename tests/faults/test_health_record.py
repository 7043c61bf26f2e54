"""Faults around the health record: it is down, hangs, drops; relays are killed; the broker is away. Filed once each time."""

import datetime as dt
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection
from pytest_django import Settings

from messaging.health_record import fhir
from messaging.health_record.relaying import LEASE, RelayResult
from messaging.models import NoteState, RecordNote
from smportal import clock
from smportal.devstack import ports, services
from smportal.devstack.fhir.server import Endpoint
from smportal.devstack.supervisor import Service, Supervisor
from tests.fixtures.databases import CommittedDatabase
from tests.messaging.health_record.noting import Noting, file_all, fresh

RELAY = """
import django
django.setup()
from messaging.health_record.actions import relay
from smportal.actor import Actor
relay(actor=Actor.system("health record"))
"""


@contextmanager
def relay_process(environment: Mapping[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """Run one relay in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-c", RELAY], env={**environment, "FHIR_URL": os.environ["FHIR_URL"]}, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_f009_a_worker_killed_between_the_answer_and_our_commit_files_once(
    committed_db: CommittedDatabase, record_system: Endpoint
) -> None:
    """The record has it, and the worker dies before it can say so: the lease brings it back, the identifier keeps it one."""
    note = Noting().save()
    record_system.faults.append("store-then-hang")
    with relay_process(committed_db.environment) as process:
        assert record_system.hanging.wait(60)
        process.kill()
        process.wait()
    record_system.released.set()
    assert len(record_system.store.notes) == 1
    claimed = fresh(note)
    assert (claimed.state, claimed.attempts, claimed.may_be_there) == (NoteState.WAITING, 1, True)
    with clock.at(claimed.next_attempt_at - dt.timedelta(seconds=1)):
        assert file_all() == RelayResult()
    with clock.at(claimed.next_attempt_at):
        assert file_all() == RelayResult(filed=1)
    [there] = record_system.store.notes
    assert (fresh(note).external_id, fresh(note).attempts) == (there, 2)
    assert record_system.received == 2


def test_f009_a_worker_killed_before_the_record_took_it_files_once(
    committed_db: CommittedDatabase, record_system: Endpoint
) -> None:
    note = Noting().save()
    record_system.faults.append("hang")
    with relay_process(committed_db.environment) as process:
        assert record_system.hanging.wait(60)
        process.kill()
        process.wait()
    record_system.released.set()
    assert not record_system.store.notes
    with clock.at(fresh(note).next_attempt_at):
        assert file_all() == RelayResult(filed=1)
    assert len(record_system.store.notes) == 1


@pytest.mark.django_db
@pytest.mark.parametrize("fault", ["hang", "store-then-hang"])
def test_a_record_that_hangs_is_left_in_time_and_asked_again(
    fault: str, record_system: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fhir, "READ_SECONDS", 0.5)
    noting = Noting()
    notes = [noting.save(), noting.save()]
    record_system.faults.append(fault)
    assert file_all() == RelayResult(retried=1), "the other note keeps its place"
    first = fresh(notes[0])
    assert (first.state, first.last_error, first.may_be_there) == (NoteState.WAITING, "timeout", True)
    record_system.released.set()
    with clock.at(first.next_attempt_at):
        assert file_all() == RelayResult(filed=2)
    assert len(record_system.store.notes) == 2


@pytest.mark.django_db
def test_a_record_that_answers_byte_by_byte_does_not_hold_a_worker(
    record_system: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it says is bounded in length and time; the status alone counts."""
    monkeypatch.setattr(fhir, "ANSWER_MOST", 10)
    record_system.strangers = frozenset({(noting := Noting()).record.icn})
    note = noting.save()
    assert file_all() == RelayResult(failed=1)
    assert fresh(note).last_error == "422", "an answer that is too long explains nothing"
    monkeypatch.setattr(fhir, "ANSWER_MOST", 1000)
    monkeypatch.setattr(fhir, "ANSWER_SECONDS", -1)
    other = noting.save()
    file_all()
    assert fresh(other).last_error == "422"


@pytest.mark.django_db
def test_a_record_that_is_down_for_a_day_gets_everything_once_it_is_back(settings: Settings, tmp_path: Path) -> None:
    """A process of its own that is not there, comes, and ends without a word in between."""
    noting, port = Noting(), ports.free_port()
    settings.FHIR_URL = f"http://127.0.0.1:{port}/fhir"
    notes = [noting.save() for _ in range(3)]
    for hour in range(24):
        with clock.at(notes[0].written_at + dt.timedelta(hours=hour)):
            assert file_all().filed == 0
    command = [
        *(sys.executable, "-m", "smportal.devstack.fhir"),
        *("--port", str(port), "--store", str(tmp_path / "kept.jsonl")),
    ]
    service = Service(
        name="fhir",
        command=command,
        environment={**os.environ, "FHIR_TOKEN": settings.FHIR_TOKEN},
        ready=lambda: services.responds(f"http://localhost:{port}/"),
    )
    with Supervisor(tmp_path / "logs") as supervisor:
        supervisor.start(service)
        with clock.at(notes[0].written_at + dt.timedelta(hours=30)):
            assert file_all() == RelayResult(filed=3)
            assert file_all() == RelayResult()
    assert len((tmp_path / "kept.jsonl").read_text().splitlines()) == 3


@pytest.mark.usefixtures("committed_db")
def test_f012_relays_at_once_file_each_note_once(record_system: Endpoint) -> None:
    """Beat that runs twice."""
    noting = Noting()
    for _ in range(12):
        noting.save()
    together = threading.Barrier(3)

    def work() -> RelayResult:
        try:
            together.wait(60)
            return file_all()
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        results = [future.result(60) for future in [pool.submit(work) for _ in range(3)]]
    assert sum(result.filed for result in results) == 12
    assert sum(bool(result.filed) for result in results) > 1, "one relay did it all: nothing was tested"
    assert record_system.received == len(record_system.store.notes) == 12


WITHOUT_A_BROKER = """
import uuid
import django
django.setup()
from django.conf import settings
assert settings.CELERY_BROKER_URL.endswith(":1/0")
from eligibility.models import StaffMember
from messaging.health_record import actions
from messaging.health_record.preparing import Choice
from messaging.models import Clinic, Message
from smportal.actor import Actor, ActorKind
nurse = StaffMember.objects.get(name="Nora Nurse")
actor = Actor(ActorKind.STAFF, account_id=nurse.account_id, staff_id=nurse.id, second_factor=True)
message = Message.objects.first()
choice = Choice([message.id], "Knee", Clinic.objects.get().id)
about = {"actor": actor, "conversation_id": message.conversation_id, "choice": choice}
actions.send(**about, note_id=uuid.uuid4(), seen=actions.preview(**about).digest.hex())
"""


def test_f004_owing_a_note_asks_no_broker_and_it_is_filed_later(
    committed_db: CommittedDatabase, record_system: Endpoint
) -> None:
    Noting()
    environment = {**committed_db.environment, "REDIS_URL": "redis://:none@127.0.0.1:1/0"}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_A_BROKER], env=environment, check=False, capture_output=True, timeout=60
    )
    assert done.returncode == 0, done.stderr.decode()
    assert RecordNote.objects.get().state == NoteState.WAITING
    assert file_all() == RelayResult(filed=1)
    assert len(record_system.store.notes) == 1


def wait_for(holds: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until
        threading.Event().wait(0.05)


def test_beats_task_files_by_a_real_worker(
    committed_db: CommittedDatabase, record_system: Endpoint, settings: Settings, tmp_path: Path
) -> None:
    """The schedule's name is the task's, the worker finds it, and it files."""
    note = Noting().save()
    schedule = settings.CELERY_BEAT_SCHEDULE["file-record-notes"]
    worker = Service(
        name="worker",
        command=services.worker_command(),
        environment={**committed_db.environment, "FHIR_URL": settings.FHIR_URL},
        ready=lambda: "ready" in (tmp_path / "worker.log").read_text(),
    )
    with Supervisor(tmp_path) as supervisor:
        supervisor.start(worker)
        sent = subprocess.run(
            [sys.executable, "-m", "celery", "-A", "smportal.celery", "call", schedule["task"]],
            env={**committed_db.environment, "FHIR_URL": settings.FHIR_URL},
            check=False,
            capture_output=True,
            timeout=60,
        )
        assert sent.returncode == 0, sent.stderr.decode()
        wait_for(lambda: fresh(note).state == NoteState.FILED)
    assert len(record_system.store.notes) == 1
    assert LEASE.total_seconds() > settings.CELERY_TASK_TIME_LIMIT
