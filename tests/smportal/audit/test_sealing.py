"""The chain of seals: nothing settles too early, nothing is sealed twice, whatever happens meanwhile."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest
from django.db import DatabaseError, connection, connections, transaction

from smportal.actor import Actor
from smportal.audit import sealing, tasks, verification
from smportal.audit.actions import Deed
from smportal.audit.models import AuditEvent, AuditSeal, SealingState
from smportal.audit.protection import LOCK
from smportal.audit.recording import Event, record, record_many
from tests.fixtures.databases import CommittedDatabase

SYSTEM = Actor.system("test")


def append(count: int = 1) -> None:
    record_many(actor=SYSTEM, events=[Event(Deed.DENIED) for _ in range(count)])


@pytest.fixture
def other(committed_db: CommittedDatabase) -> Iterator[psycopg.Connection]:
    """Another of the application's connections, in a transaction."""
    with psycopg.connect(committed_db.url) as connected:
        yield connected
        connected.rollback()


APPEND_ELSEWHERE = (
    'SELECT audit_append(\'[{"occurred_at": "2026-01-01T00:00:00Z", "actor_kind": "system", "actor_name": "",'
    ' "deed": "denied", "object_kind": "", "object_id": "", "reason": "other", "request_id": "",'
    ' "details": {}}]\')'
)


@pytest.mark.usefixtures("committed_db")
def test_a_quiet_trail_is_sealed_at_once_and_only_once() -> None:
    append(3)
    assert sealing.seal_settled() == 3
    assert sealing.seal_settled() == 0
    append(2)
    tasks.seal()
    assert list(AuditSeal.objects.values_list("seq", "first_id", "last_id", "count")) == [(1, 1, 3, 3), (2, 4, 5, 2)]
    report = verification.verify()
    assert (report.events, report.seals, report.unsealed) == (5, 2, 0)


def test_an_event_of_a_running_transaction_is_waited_for(other: psycopg.Connection) -> None:
    other.execute(APPEND_ELSEWHERE.encode())  # takes id 1
    append(2)  # ids 2 and 3, committed
    assert sealing.seal_settled() == 0
    assert sealing.seal_settled() == 0
    other.commit()
    assert sealing.seal_settled() == 3
    assert list(AuditSeal.objects.values_list("first_id", "last_id", "count")) == [(1, 3, 3)]
    assert verification.verify().events == 3


def test_what_was_committed_around_a_running_transaction_waits_with_it(other: psycopg.Connection) -> None:
    """A seal over what can be seen now would leave out the event in between."""
    append()
    assert sealing.seal_settled() == 1
    append()
    other.execute(APPEND_ELSEWHERE.encode())
    append()
    assert sealing.seal_settled() == 0
    assert sealing.seal_settled() == 0
    other.commit()
    assert sealing.seal_settled() == 3
    assert verification.verify().events == 4


def test_readers_and_other_work_do_not_hold_the_sealer_off(other: psycopg.Connection) -> None:
    other.execute("SELECT pg_current_xact_id(), count(*) FROM audit_auditevent")
    append()
    assert sealing.seal_settled() == 1


def test_an_event_within_a_savepoint_is_waited_for(other: psycopg.Connection) -> None:
    other.execute("SAVEPOINT one")
    other.execute(APPEND_ELSEWHERE.encode())
    other.execute("RELEASE one")
    append()
    assert sealing.seal_settled() == 0
    other.commit()
    assert sealing.seal_settled() == 2
    assert verification.verify().events == 2


def test_a_busy_database_still_gets_sealed(other: psycopg.Connection, committed_db: CommittedDatabase) -> None:
    """Transactions that overlap without a pause must not hold the sealer off for ever."""
    append()
    other.execute(APPEND_ELSEWHERE.encode())
    assert sealing.seal_settled() == 0
    with psycopg.connect(committed_db.url) as next_one:
        next_one.execute(APPEND_ELSEWHERE.encode())
        assert sealing.seal_settled() == 0
        other.commit()
        # The horizon that was marked has settled, though another transaction appends now.
        assert sealing.seal_settled() == 2
        assert sealing.seal_settled() == 0
    assert sealing.seal_settled() == 1
    assert verification.verify().events == 3


@pytest.mark.usefixtures("committed_db")
def test_ids_of_transactions_that_were_rolled_back_are_covered() -> None:
    append()
    with pytest.raises(RuntimeError), transaction.atomic():
        append(5)
        raise RuntimeError
    append()
    assert sealing.seal_settled() == 2
    assert list(AuditSeal.objects.values_list("first_id", "last_id", "count")) == [(1, 7, 2)]
    assert verification.verify().events == 2


@pytest.mark.usefixtures("committed_db")
def test_many_events_make_bounded_seals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "BATCH", 10)
    append(25)
    assert sealing.seal_settled() == 25
    assert list(AuditSeal.objects.values_list("first_id", "last_id", "count")) == [
        (1, 10, 10),
        (11, 20, 10),
        (21, 25, 5),
    ]
    assert verification.verify().events == 25


def test_two_sealers_at_once_make_one_chain(committed_db: CommittedDatabase) -> None:
    append(5_000)
    total: list[int] = []

    def run() -> None:
        total.append(sealing.seal_settled())
        connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    total.append(sealing.seal_settled())
    assert sum(total) == 5_000
    assert verification.verify().events == 5_000


def test_a_sealer_that_is_busy_is_left_alone(other: psycopg.Connection) -> None:
    append()
    other.execute(f"SELECT pg_advisory_xact_lock({LOCK})".encode())
    assert sealing.seal_settled() == 0
    other.rollback()
    assert sealing.seal_settled() == 1


def test_a_restored_database_goes_on(committed_db: CommittedDatabase) -> None:
    """Its noted writers are of another server, and none of them runs here."""
    append()
    with committed_db.as_superuser() as superuser:
        superuser.execute("UPDATE audit_sealingstate SET horizon_writers = '{99/1234}'")
    assert sealing.seal_settled() == 1


def test_ids_are_not_handed_out_in_advance(committed_db: CommittedDatabase) -> None:
    """A sequence that caches would give a session an old id after the horizon."""
    with committed_db.as_owner() as owner:
        cached = owner.execute("SELECT seqcache FROM pg_sequence WHERE seqrelid = 'audit_auditevent_id_seq'::regclass")
        assert cached.fetchone() == (1,)


@pytest.mark.usefixtures("committed_db")
@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"seq": 3}, "does not follow"),
        ({"first_id": 1}, "does not follow"),
        ({"previous_digest": b"x" * 32}, "does not follow"),
        ({"last_id": 99}, "not settled"),
        ({"entries": b""}, "does not fit"),
        ({"digest": b"short"}, "does not fit"),
    ],
)
def test_the_database_refuses_a_seal_that_does_not_fit(change: dict[str, object], why: str) -> None:
    append()
    sealing.seal_settled()
    append()
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_mark_horizon()")
    last = sealing.last_seal()
    assert last is not None
    good = replace(
        last,
        seq=2,
        first_id=2,
        last_id=2,
        entries=b"e" * sealing.ENTRY_BYTES,
        previous_digest=last.digest,
        digest=b"d" * 32,
    )
    with pytest.raises(DatabaseError, match=why), transaction.atomic():
        sealing._add(replace(good, **change))  # type: ignore[arg-type]
    sealing._add(good)
    assert SealingState.objects.get().last_seq == 2


@pytest.mark.usefixtures("committed_db")
def test_a_seal_that_is_cut_off_half_way_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    append(25)
    monkeypatch.setattr(sealing, "BATCH", 10)
    real, calls = sealing._add, []

    def dies(seal: sealing.Seal) -> None:
        calls.append(seal.seq)
        real(seal)
        if len(calls) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(sealing, "_add", dies)
    with pytest.raises(KeyboardInterrupt):
        sealing.seal_settled()
    monkeypatch.setattr(sealing, "_add", real)
    assert AuditSeal.objects.count() == 1
    assert sealing.seal_settled() == 15
    assert verification.verify().events == 25


@pytest.mark.usefixtures("committed_db")
def test_recording_waits_for_no_sealer() -> None:
    """The digest chain is never in a request: an append takes neither the lock nor a key."""
    with transaction.atomic():
        record(actor=SYSTEM, deed=Deed.DENIED)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
            assert cursor.fetchone() == (0,)
    assert AuditEvent.objects.count() == 1


def test_nothing_is_missed_while_many_append(committed_db: CommittedDatabase) -> None:
    """Writers that commit late, in another order, or not at all, against a sealer that never rests."""
    done = threading.Event()

    def write(number: int) -> None:
        for turn in range(60):
            with transaction.atomic():
                append()
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_sleep(%s)", [(number + turn) % 5 / 1000])
                append()
                transaction.set_rollback(turn % 7 == number)
        connections.close_all()

    def seal() -> None:
        while not done.is_set():
            sealing.seal_settled()
        connections.close_all()

    writers = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    sealer = threading.Thread(target=seal)
    for thread in (sealer, *writers):
        thread.start()
    for thread in writers:
        thread.join(timeout=60)
    done.set()
    sealer.join(timeout=60)
    sealing.seal_settled()
    report = verification.verify()
    assert (report.events, report.unsealed) == (AuditEvent.objects.count(), 0)
    assert report.seals > 5
