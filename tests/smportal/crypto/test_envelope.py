"""What is sealed opens exactly where it was sealed, and nothing else opens at all."""

import os
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from eligibility.models import QuarantinedRow
from messaging.models import Conversation, Draft, Message
from smportal.crypto import envelope
from smportal.crypto import fields as sealed_fields
from smportal.crypto.errors import KeyUnavailableError, UnsealError
from smportal.crypto.fields import SealedModel
from smportal.crypto.models import DataKey
from smportal.crypto.owner import Owner, OwnerKind
from tests.fixtures.databases import CommittedDatabase
from tests.smportal.crypto.conftest import SetRing

CANARY = "canary: chest pain since Tuesday"
OWNER = Owner(OwnerKind.VETERAN, uuid.UUID("00000000-0000-4000-8000-000000000001"))
OTHER = Owner(OwnerKind.VETERAN, uuid.UUID("00000000-0000-4000-8000-000000000002"))
ROW = uuid.UUID("00000000-0000-4000-8000-00000000000a")
CONTEXT = "messaging.Message.body_sealed"


def sealed_canary() -> bytes:
    return envelope.seal(OWNER, CONTEXT, ROW, CANARY.encode())


def message(record_id: uuid.UUID) -> Message:
    return Message(id=uuid.uuid4(), record_id=record_id)


@pytest.mark.django_db
@hypothesis_settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=500))
def test_any_text_comes_back(text: str) -> None:
    row = message(OWNER.id)
    row.seal_text("body_sealed", text)
    assert row.unseal_text("body_sealed") == text


@pytest.mark.django_db
def test_the_ciphertext_holds_nothing_of_the_text() -> None:
    sealed = sealed_canary()
    assert CANARY.encode() not in sealed
    assert len(sealed) == 1 + 16 + 12 + len(CANARY) + 16


@pytest.mark.django_db
def test_an_empty_column_is_an_empty_text() -> None:
    assert Draft(id=uuid.uuid4(), record_id=OWNER.id, body_sealed=None).unseal_text("body_sealed") == ""


@pytest.mark.django_db
def test_asvs_11_3_4_no_nonce_is_used_twice() -> None:
    sealed = [sealed_canary() for _ in range(2_000)]
    nonces = {value[17:29] for value in sealed}
    assert len(nonces) == len(sealed)
    assert len({value[29:] for value in sealed}) == len(sealed)
    # Bits of all nonces together look random: a counter or a fixed part would not.
    ones = sum(int.from_bytes(nonce, "big").bit_count() for nonce in nonces)
    assert abs(ones / (96 * len(nonces)) - 0.5) < 0.01


@pytest.mark.django_db
def test_asvs_11_3_4_wrapping_uses_a_nonce_of_its_own_each_time() -> None:
    for number in range(50):
        envelope.seal(Owner(OwnerKind.ACCOUNT, uuid.UUID(int=number)), CONTEXT, ROW, b"x")
    wrapped = [bytes(value) for value in DataKey.objects.values_list("wrapped", flat=True)]
    assert len({value[:12] for value in wrapped}) == 50


@pytest.mark.django_db
def test_a094_every_flipped_bit_is_an_error() -> None:
    sealed = sealed_canary()
    for position in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[position // 8] ^= 1 << position % 8
        with pytest.raises(UnsealError):
            envelope.unseal(OWNER, CONTEXT, ROW, bytes(changed))


@pytest.mark.django_db
def test_a094_every_truncation_is_an_error() -> None:
    sealed = sealed_canary()
    for length in range(len(sealed)):
        with pytest.raises(UnsealError):
            envelope.unseal(OWNER, CONTEXT, ROW, sealed[:length])
    with pytest.raises(UnsealError):
        envelope.unseal(OWNER, CONTEXT, ROW, sealed + b"\0")


@pytest.mark.django_db
@pytest.mark.parametrize("stored", [b"", CANARY.encode(), b"\x01" + CANARY.encode() * 3, os.urandom(200)])
def test_a094_plaintext_in_the_column_is_never_shown(stored: bytes, caplog: pytest.LogCaptureFixture) -> None:
    row = message(OWNER.id)
    row.body_sealed = stored
    with pytest.raises(UnsealError) as raised:
        row.unseal_text("body_sealed")
    assert "canary" not in repr(raised.value)
    assert raised.value.__cause__ is None
    [alarm] = caplog.records
    assert (alarm.levelname, alarm.event, alarm.object_id) == ("ERROR", "unseal_failed", str(row.id))  # type: ignore[attr-defined]
    assert "canary" not in caplog.text


@pytest.mark.django_db
def test_a094_a_changed_wrapped_key_opens_nothing() -> None:
    sealed = sealed_canary()
    good = bytes(DataKey.objects.get().wrapped)
    for position in range(0, len(good) * 8, 7):
        changed = bytearray(good)
        changed[position // 8] ^= 1 << position % 8
        DataKey.objects.update(wrapped=bytes(changed))
        envelope.ciphers.clear()
        with pytest.raises(UnsealError):
            envelope.unseal(OWNER, CONTEXT, ROW, sealed)
    for short in (b"", good[:5], good[:12], good[:27]):
        DataKey.objects.update(wrapped=short)
        envelope.ciphers.clear()
        with pytest.raises(UnsealError):
            envelope.unseal(OWNER, CONTEXT, ROW, sealed)


@pytest.mark.django_db
def test_a095_a_value_opens_in_its_own_row_field_and_owner_only() -> None:
    mine, same_veteran, of_another = message(OWNER.id), message(OWNER.id), message(OTHER.id)
    for one in (mine, same_veteran, of_another):
        one.seal_text("body_sealed", CANARY)
    draft = Draft(id=mine.id, record_id=OWNER.id)
    draft.body_sealed = mine.body_sealed  # the same row id in another table
    conversation = Conversation(id=mine.id, record_id=OWNER.id)
    conversation.subject_sealed = mine.body_sealed
    same_veteran.body_sealed, of_another.body_sealed = mine.body_sealed, mine.body_sealed
    moved: list[tuple[SealedModel, str]] = [
        (same_veteran, "body_sealed"),
        (of_another, "body_sealed"),
        (draft, "body_sealed"),
        (conversation, "subject_sealed"),
    ]
    for row, field in moved:
        with pytest.raises(UnsealError):
            row.unseal_text(field)
    # The row itself, given to another veteran.
    mine.record_id = OTHER.id
    with pytest.raises(UnsealError):
        mine.unseal_text("body_sealed")


@pytest.mark.django_db
def test_a095_a_value_does_not_move_between_fields_of_a_row() -> None:
    draft = Draft(id=uuid.uuid4(), record_id=OWNER.id)
    draft.seal_text("subject_sealed", CANARY)
    draft.body_sealed = draft.subject_sealed
    with pytest.raises(UnsealError):
        draft.unseal_text("body_sealed")


@pytest.mark.django_db
def test_a095_a_data_key_does_not_move_to_another_owner() -> None:
    sealed_canary()
    envelope.seal(OTHER, CONTEXT, ROW, b"x")
    stolen = DataKey.objects.get(owner_id=OWNER.id)
    DataKey.objects.filter(owner_id=OTHER.id).update(wrapped=stolen.wrapped, wrapped_by=stolen.wrapped_by)
    envelope.ciphers.clear()
    with pytest.raises(UnsealError):
        envelope.seal(OTHER, CONTEXT, ROW, b"x")


@pytest.mark.django_db
def test_a_name_that_is_no_sealed_column_is_refused() -> None:
    with pytest.raises(TypeError, match="not a sealed column"):
        message(OWNER.id).seal_text("author_name", "x")


@pytest.mark.django_db
def test_a096_an_unknown_or_missing_key_id_fails_closed_and_raises_the_alarm(
    ring: SetRing, caplog: pytest.LogCaptureFixture
) -> None:
    ring("test1")
    sealed = sealed_canary()
    ring("newer")  # the old key was taken away too early
    with pytest.raises(KeyUnavailableError, match="test1"):
        envelope.unseal(OWNER, CONTEXT, ROW, sealed)
    with pytest.raises(KeyUnavailableError):
        envelope.seal(OWNER, CONTEXT, ROW, b"a new message")
    assert [record.event for record in caplog.records] == ["unseal_failed", "seal_failed"]  # type: ignore[attr-defined]
    # A veteran without a key yet can still write: what is new needs only the new key.
    assert envelope.seal(OTHER, CONTEXT, ROW, b"x")
    ring("newer", "test1")
    assert envelope.unseal(OWNER, CONTEXT, ROW, sealed) == CANARY.encode()


@pytest.mark.django_db
def test_a_warmed_page_costs_one_query_and_no_more() -> None:
    rows = [message(uuid.UUID(int=number)) for number in range(25)]
    for row in rows:
        row.seal_text("body_sealed", CANARY)
    envelope.ciphers.clear()
    with CaptureQueriesContext(connection) as queries:
        sealed_fields.warm(rows, "body_sealed")
        assert [row.unseal_text("body_sealed") for row in rows] == [CANARY] * 25
    assert len(queries) == 1


@pytest.mark.django_db
def test_one_broken_value_does_not_stop_a_page_from_warming() -> None:
    rows = [message(uuid.UUID(int=number)) for number in range(3)]
    for row in rows:
        row.seal_text("body_sealed", CANARY)
    rows[0].body_sealed = b"not sealed"
    DataKey.objects.filter(owner_id=rows[1].record_id).update(wrapped=b"broken")
    envelope.ciphers.clear()
    sealed_fields.warm(rows, "body_sealed")
    assert rows[2].unseal_text("body_sealed") == CANARY
    for row in rows[:2]:
        with pytest.raises(UnsealError):
            row.unseal_text("body_sealed")


def test_a_key_of_a_rolled_back_transaction_never_seals_again(committed_db: CommittedDatabase) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        lost = sealed_canary()
        raise RuntimeError
    sealed = sealed_canary()
    assert sealed[1:17] != lost[1:17]
    assert uuid.UUID(bytes=sealed[1:17]) == DataKey.objects.get().id
    envelope.ciphers.clear()
    assert envelope.unseal(OWNER, CONTEXT, ROW, sealed) == CANARY.encode()


def test_two_that_make_an_owners_first_key_at_once_share_it(committed_db: CommittedDatabase) -> None:
    start = threading.Barrier(8)

    def run(_: int) -> bytes:
        start.wait(timeout=60)
        try:
            return sealed_canary()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        values = list(pool.map(run, range(8)))
    assert DataKey.objects.count() == 1
    envelope.ciphers.clear()
    assert {envelope.unseal(OWNER, CONTEXT, ROW, value) for value in values} == {CANARY.encode()}


def test_a_first_key_that_is_rolled_back_by_the_faster_one_is_made_by_the_slower(
    committed_db: CommittedDatabase,
) -> None:
    made, sealed = threading.Event(), []

    def slower() -> None:
        made.wait(timeout=60)
        sealed.append(sealed_canary())
        connections.close_all()

    thread = threading.Thread(target=slower)
    thread.start()
    with pytest.raises(RuntimeError), transaction.atomic():
        sealed_canary()
        made.set()
        raise RuntimeError
    thread.join(timeout=60)
    envelope.ciphers.clear()
    assert envelope.unseal(OWNER, CONTEXT, ROW, sealed[0]) == CANARY.encode()


@pytest.mark.django_db
def test_the_cache_is_bounded_and_forgets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(envelope.ciphers, "SIZE", 3)
    keys = [envelope.seal(Owner(OwnerKind.SYSTEM, uuid.UUID(int=n)), CONTEXT, ROW, b"")[1:17] for n in range(5)]
    held = [envelope.ciphers.get(uuid.UUID(bytes=key)) is not None for key in keys]
    assert held == [False, False, True, True, True]
    monkeypatch.setattr(envelope.ciphers, "SECONDS", -1.0)
    assert [envelope.ciphers.get(uuid.UUID(bytes=key)) for key in keys] == [None] * 5


def test_a_forked_child_gets_a_free_lock_and_no_keys() -> None:
    """A thread of the parent may hold the lock at the moment of the fork."""
    reading, writing = os.pipe()
    with envelope.ciphers._lock:
        envelope.ciphers._entries[ROW] = (0.0, None)  # type: ignore[assignment]
        child = os.fork()
        if child == 0:
            free = envelope.ciphers._lock.acquire(blocking=False) and not envelope.ciphers._entries
            os.write(writing, b"1" if free else b"0")
            os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 1) == b"1"
    os.close(reading)
    os.close(writing)


def test_many_threads_open_with_one_cipher(committed_db: CommittedDatabase) -> None:
    values = [envelope.seal(OWNER, CONTEXT, ROW, str(number).encode()) for number in range(200)]

    def run(number: int) -> bool:
        return envelope.open_sealed(OWNER, CONTEXT, ROW, values[number]) == str(number).encode()

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(run, list(range(200)) * 5))


@pytest.mark.django_db
def test_the_database_keeps_data_keys(make_row: Callable[[str], QuarantinedRow]) -> None:
    make_row(CANARY)
    for change in (
        lambda: DataKey.objects.all().delete(),
        lambda: DataKey.objects.update(owner_id=uuid.uuid4()),
        lambda: DataKey.objects.update(owner_kind="account"),
    ):
        with pytest.raises(DatabaseError, match="data keys are kept"), transaction.atomic():
            change()
