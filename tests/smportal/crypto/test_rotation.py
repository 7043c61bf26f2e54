"""Rotating keys while people read and write, and what happens when it is done in the wrong order."""

import io
import threading
import uuid
from collections.abc import Callable, Iterator

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from eligibility.models import QuarantinedRow
from smportal.actor import Actor
from smportal.audit.models import AuditEvent
from smportal.crypto import envelope, keyring, rotation
from smportal.crypto.errors import KeyUnavailableError, UnsealError
from smportal.crypto.models import DataKey
from smportal.crypto.owner import Owner, OwnerKind
from tests.fixtures.databases import CommittedDatabase
from tests.smportal.crypto.conftest import SetRing

MakeRow = Callable[[str], QuarantinedRow]
SYSTEM = Actor.system("test")


def seal_for(number: int) -> bytes:
    owner = Owner(OwnerKind.SYSTEM, number_id(number))
    return envelope.seal(owner, "a.B.c", number_id(number), f"text {number}".encode())


def open_for(number: int, sealed: bytes) -> str:
    owner = Owner(OwnerKind.SYSTEM, number_id(number))
    return envelope.unseal(owner, "a.B.c", number_id(number), sealed).decode()


def number_id(number: int) -> uuid.UUID:
    return uuid.UUID(int=number)


def command(name: str, *arguments: str) -> str:
    out = io.StringIO()
    call_command(name, *arguments, stdout=out, stderr=out)
    return out.getvalue()


@pytest.mark.django_db
def test_a096_rotation_wraps_every_key_anew_and_the_old_key_can_go(
    ring: SetRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 7)
    ring("old")
    sealed = [seal_for(number) for number in range(20)]
    ring("new", "old")
    assert command("rotate_keys") == "20 data keys wrapped anew.\n20 data keys are wrapped by new (active).\n"
    events = AuditEvent.objects.order_by("id").values_list("deed", "actor_name", "object_id", "details")
    assert list(events) == [
        ("keys_rotated", "rotate_keys", "new", {"count": count, "from": ["old"], "to": "new"}) for count in (7, 7, 6)
    ]
    ring("new")
    assert [open_for(number, value) for number, value in enumerate(sealed)] == [f"text {n}" for n in range(20)]
    assert command("rotate_keys") == "0 data keys wrapped anew.\n20 data keys are wrapped by new (active).\n"
    assert AuditEvent.objects.count() == 3


@pytest.mark.django_db
def test_a096_a_run_that_was_cut_off_goes_on(ring: SetRing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "BATCH", 5)
    ring("old")
    for number in range(12):
        seal_for(number)
    ring("new", "old")
    seen: list[int] = []

    def cut_off(count: int) -> None:
        seen.append(count)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotation.rotate(actor=SYSTEM, progress=cut_off)
    assert rotation.counts() == {"new": 5, "old": 7}
    assert rotation.rotate(actor=SYSTEM).rotated == 7
    assert rotation.counts() == {"new": 12}


@pytest.mark.django_db
def test_a096_a_key_removed_too_early_is_listed_and_nothing_is_damaged(ring: SetRing) -> None:
    ring("old")
    sealed = seal_for(1)
    ring("new")
    lost = DataKey.objects.get()
    for arguments in (["--check"], []):
        with pytest.raises(CommandError, match="1 data keys do not unwrap") as raised:
            command("rotate_keys", *arguments)
        assert raised.value.returncode == 1
    assert list(rotation.broken_keys()) == [
        f"data key {lost.id} of system {lost.owner_id}, wrapped by old: key-encryption key old is not in FIELD_KEYS"
    ]
    ring("new", "old")
    assert open_for(1, sealed) == "text 1"
    assert command("rotate_keys", "--check") == "1 data keys are wrapped by old.\n"


@pytest.mark.django_db
def test_one_broken_key_does_not_stop_the_others(ring: SetRing) -> None:
    ring("old")
    for number in range(3):
        seal_for(number)
    DataKey.objects.filter(owner_id=number_id(1)).update(wrapped=b"broken")
    ring("new", "old")
    outcome = rotation.rotate(actor=SYSTEM)
    assert outcome.rotated == 2
    assert [line.rpartition(": ")[2] for line in outcome.broken] == ["a data key does not unwrap"]


def test_a096_reading_and_writing_go_on_while_keys_rotate(
    committed_db: CommittedDatabase, ring: SetRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 10)
    ring("old")
    sealed = {number: seal_for(number) for number in range(150)}
    ring("new", "old")
    failed: list[object] = []
    done = threading.Event()

    def people() -> None:
        number = 1_000
        while not done.is_set():
            number += 1
            envelope.ciphers.clear()
            try:
                value = seal_for(number)
                if open_for(number, value) != f"text {number}" or open_for(number % 150, sealed[number % 150]) == "":
                    failed.append(number)
            except Exception as error:  # noqa: BLE001 - whatever a person would have met
                failed.append(error)
        connections.close_all()

    threads = [threading.Thread(target=people) for _ in range(3)]
    for thread in threads:
        thread.start()
    outcome = rotation.rotate(actor=SYSTEM)
    done.set()
    for thread in threads:
        thread.join(timeout=60)
    assert failed == []
    assert (outcome.rotated, outcome.broken, rotation.stale()) == (150, [], 0)


def test_two_rotations_at_once_share_the_work(
    committed_db: CommittedDatabase, ring: SetRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH", 10)
    ring("old")
    for number in range(60):
        seal_for(number)
    ring("new", "old")
    rotated: list[int] = []

    def run() -> None:
        rotated.append(rotation.rotate(actor=SYSTEM).rotated)
        connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sum(rotated) == 60
    assert rotation.stale() == 0


class ProviderAway:
    """A key service that does not answer, after a number of answers."""

    active_key_id = "new"

    def __init__(self, real: keyring.KeyProvider, answers: int) -> None:
        self._real, self._left = real, answers

    def wrap(self, data_key: bytes, binding: bytes) -> tuple[str, bytes]:
        return self._real.wrap(data_key, binding)

    def unwrap(self, key_id: str, wrapped: bytes, binding: bytes) -> bytes:
        self._left -= 1
        if self._left < 0:
            raise KeyUnavailableError("the key service does not answer")
        return self._real.unwrap(key_id, wrapped, binding)


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
    """Let the key provider go away after some answers."""
    real = keyring.provider

    def go(answers: int) -> None:
        provider = ProviderAway(real(), answers)
        monkeypatch.setattr(keyring, "provider", lambda: provider)

    yield go
    monkeypatch.setattr(keyring, "provider", real)


@pytest.mark.django_db
def test_a096_a_key_service_that_goes_away_loses_nothing(ring: SetRing, away: Callable[[int], None]) -> None:
    ring("old")
    sealed = {number: seal_for(number) for number in range(6)}
    ring("new", "old")
    away(4)
    outcome = rotation.rotate(actor=SYSTEM)
    assert (outcome.rotated, len(outcome.broken)) == (4, 2)
    envelope.ciphers.clear()
    with pytest.raises(KeyUnavailableError):
        open_for(0, sealed[0])
    away(10**6)
    assert [open_for(number, value) for number, value in sealed.items()] == [f"text {n}" for n in range(6)]


@pytest.mark.django_db
def test_a097_every_value_opens_after_a_restore_or_is_listed(ring: SetRing, make_row: MakeRow) -> None:
    ring("old")
    rows = [make_row(f"canary {number}") for number in range(4)]
    assert command("verify_sealed") == "All 4 sealed values open.\n"
    # Last night's backup under today's keys, where rotation has gone on since: the old key is still there.
    ring("new", "old")
    assert command("verify_sealed") == "All 4 sealed values open.\n"
    # The drill with a key version missing.
    ring("new")
    lines, problem = failing("verify_sealed")
    context = "eligibility.QuarantinedRow.row_sealed"
    assert sorted(lines) == sorted(
        f"{context} of {row.id}: key-encryption key old is not in FIELD_KEYS" for row in rows
    )
    assert problem == "4 of 4 sealed values do not open."
    # One value moved, one overwritten with plaintext.
    ring("old")
    QuarantinedRow.objects.filter(id=rows[0].id).update(row_sealed=rows[1].row_sealed)
    QuarantinedRow.objects.filter(id=rows[2].id).update(row_sealed=b"canary in clear")
    lines, problem = failing("verify_sealed")
    assert sorted(lines) == sorted(
        [
            f"{context} of {rows[0].id}: a sealed value does not open",
            f"{context} of {rows[2].id}: this is not a sealed value",
        ]
    )
    assert problem == "2 of 4 sealed values do not open."


def failing(name: str) -> tuple[list[str], str]:
    out = io.StringIO()
    with pytest.raises(CommandError) as raised:
        call_command(name, stdout=out, stderr=out)
    assert "canary" not in out.getvalue()
    return out.getvalue().splitlines(), str(raised.value)


def test_a097_a_missing_data_key_is_listed(committed_db: CommittedDatabase, make_row: MakeRow) -> None:
    row = make_row("canary")
    with committed_db.as_owner() as owner:
        owner.execute("ALTER TABLE crypto_datakey DISABLE TRIGGER crypto_datakey_kept")
        owner.execute("DELETE FROM crypto_datakey")
    assert failing("verify_sealed")[0] == [
        f"eligibility.QuarantinedRow.row_sealed of {row.id}: the data key is not there"
    ]


@pytest.mark.django_db
def test_every_table_with_sealed_columns_is_opened() -> None:
    from smportal.crypto.verification import sealed_fields, sealed_models

    found = {f"{model.__name__}.{name}" for model in sealed_models() for name in sealed_fields(model)}
    assert {
        "Conversation.subject_sealed",
        "Message.body_sealed",
        "InternalNote.body_sealed",
        "Draft.subject_sealed",
        "Draft.body_sealed",
        "Block.reason_sealed",
        "QuarantinedRow.row_sealed",
    } <= found


@pytest.mark.django_db
def test_what_is_sealed_elsewhere_can_be_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    from smportal.crypto import verification
    from smportal.crypto.verification import SealedValue

    monkeypatch.setattr(verification, "_sources", [])
    sealed = seal_for(1)

    def source() -> Iterator[SealedValue]:
        owner = Owner(OwnerKind.SYSTEM, number_id(1))
        yield SealedValue(number_id(1), owner, "a.B.c", sealed)
        yield SealedValue(number_id(2), owner, "a.B.c", sealed)

    verification.register_source(source)
    verification.register_source(source)
    lines, problem = failing("verify_sealed")
    assert lines == [f"a.B.c of {number_id(2)}: a sealed value does not open"]
    assert problem == "1 of 2 sealed values do not open."


def test_unwrapping_with_another_binding_fails(ring: SetRing) -> None:
    ring("one")
    key_id, wrapped = keyring.provider().wrap(b"k" * 32, b"binding")
    assert keyring.provider().unwrap(key_id, wrapped, b"binding") == b"k" * 32
    with pytest.raises(UnsealError):
        keyring.provider().unwrap(key_id, wrapped, b"another")
