"""Whatever somebody with the owner's rights does to the trail is found, and named."""

import io
import secrets

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from smportal.actor import Actor
from smportal.audit import sealing
from smportal.audit.actions import Deed
from smportal.audit.recording import Event, record_many
from tests.fixtures.databases import CommittedDatabase

COLUMNS = "occurred_at, actor_kind, actor_name, deed, object_kind, object_id, reason, request_id, details"
FORGED = "now(), 'system', 'x', 'denied', '', '', '', '', '{}'"


SWAPPED = (
    "UPDATE audit_auditseal SET seq = 99 WHERE seq = 1; UPDATE audit_auditseal SET seq = 1 WHERE seq = 2;"
    "UPDATE audit_auditseal SET seq = 2 WHERE seq = 99"
)


def append(count: int) -> None:
    events = [Event(Deed.CONVERSATION_READ, object_id=number, details={"n": number}) for number in range(count)]
    record_many(actor=Actor.system("test"), events=events)


@pytest.fixture
def trail(committed_db: CommittedDatabase, monkeypatch: pytest.MonkeyPatch) -> CommittedDatabase:
    """Thirty events in three seals, and two that are not sealed."""
    monkeypatch.setattr(sealing, "BATCH", 10)
    append(30)
    assert sealing.seal_settled() == 30
    append(2)
    return committed_db


def tamper(database: CommittedDatabase, *statements: str) -> None:
    """Change rows as nobody but the superuser can, and leave the guards as they were."""
    with database.as_superuser() as superuser:
        for table in ("audit_auditevent", "audit_auditseal"):
            superuser.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL".encode())
        for statement in statements:
            superuser.execute(statement.encode())
        for table in ("audit_auditevent", "audit_auditseal"):
            superuser.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER audit_append_only".encode())


def verify(*arguments: str) -> str:
    out = io.StringIO()
    call_command("verify_audit", *arguments, stdout=out)
    return out.getvalue()


def problem(*arguments: str) -> str:
    with pytest.raises(CommandError) as raised:
        verify(*arguments)
    assert raised.value.returncode == 1
    return str(raised.value)


@pytest.mark.usefixtures("trail")
def test_a_trail_that_holds_is_counted() -> None:
    counted, last = verify().splitlines()
    assert counted.startswith("30 events in 3 seals hold; 2 not sealed yet (the oldest from ")
    assert last.startswith("Last seal: 3:")


@pytest.mark.usefixtures("committed_db")
def test_an_empty_trail_holds() -> None:
    assert verify() == "0 events in 0 seals hold; 0 not sealed yet.\n"


CHANGES = {
    "occurred_at": "occurred_at + interval '1 microsecond'",
    "recorded_at": "recorded_at + interval '1 microsecond'",
    "actor_kind": "'staff'",
    "actor_account_id": "gen_random_uuid()",
    "actor_record_id": "gen_random_uuid()",
    "actor_staff_id": "gen_random_uuid()",
    "actor_name": "'somebody'",
    "deed": "'denied'",
    "subject_id": "gen_random_uuid()",
    "object_kind": "'x'",
    "object_id": "'x'",
    "reason": "'x'",
    "address": "'127.0.0.1'",
    "request_id": "'x'",
    "details": "'{}'",
}


@pytest.mark.parametrize("column", CHANGES)
def test_a_changed_event_is_named_whatever_column(trail: CommittedDatabase, column: str) -> None:
    tamper(trail, f"UPDATE audit_auditevent SET {column} = {CHANGES[column]} WHERE id = 14")
    assert problem() == "The audit trail does not hold: event 14 (seal 2) was changed."


def test_every_column_is_part_of_the_digest() -> None:
    from smportal.audit.models import AuditEvent

    assert {field.attname for field in AuditEvent._meta.fields} == {"id", *CHANGES}


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE audit_auditevent SET occurred_at = 'infinity' WHERE id = 3", "event 3 (seal 1) was changed"),
        ("UPDATE audit_auditevent SET id = 1000 WHERE id = 15", "event 15 (seal 2) was deleted"),
        ("DELETE FROM audit_auditevent WHERE id = 1", "event 1 (seal 1) was deleted"),
        ("DELETE FROM audit_auditevent WHERE id = 10", "event 10 (seal 1) was deleted"),
        ("DELETE FROM audit_auditevent WHERE id > 29", "event 30 (seal 3) was deleted"),
        ("DELETE FROM audit_auditevent", "event 1 (seal 1) was deleted"),
        (
            f"ALTER TABLE audit_auditevent DROP CONSTRAINT audit_event_id_positive;INSERT INTO audit_auditevent (id, {COLUMNS}) VALUES (0, {FORGED})",
            "event 0 (seal 1) was inserted later",
        ),
        ("UPDATE audit_auditseal SET count = 9 WHERE seq = 2", "seal 2 was changed"),
        ("UPDATE audit_auditseal SET sealed_at = now() WHERE seq = 2", "seal 2 was changed or forged"),
        ("UPDATE audit_auditseal SET last_id = 21 WHERE seq = 2", "seal 2 was changed or forged"),
        ("UPDATE audit_auditseal SET digest = sha256('x') WHERE seq = 2", "seal 2 was changed or forged"),
        ("UPDATE audit_auditseal SET previous_digest = sha256('x') WHERE seq = 2", "seal 2 was changed or forged"),
        ("DELETE FROM audit_auditseal WHERE seq = 1", "seal 1 is missing"),
        ("DELETE FROM audit_auditseal WHERE seq = 2", "seal 2 is missing"),
        ("DELETE FROM audit_auditseal WHERE seq = 3", "seals after 2 are missing"),
        ("DELETE FROM audit_auditseal", "seals after 0 are missing"),
        ("DELETE FROM audit_sealingstate", "seals after 3 are missing"),
        (
            SWAPPED,
            "seal 1 was changed or forged",
        ),
    ],
)
def test_what_was_deleted_inserted_or_moved_is_named(trail: CommittedDatabase, statement: str, found: str) -> None:
    tamper(trail, *statement.split(";"))
    assert problem() == f"The audit trail does not hold: {found}."


def test_an_event_slipped_into_a_gap_is_named(committed_db: CommittedDatabase) -> None:
    append(1)
    with committed_db.as_superuser() as superuser:
        superuser.execute("SELECT nextval('audit_auditevent_id_seq')")
    append(1)
    assert sealing.seal_settled() == 2
    tamper(committed_db, f"INSERT INTO audit_auditevent (id, {COLUMNS}) VALUES (2, {FORGED})")
    assert problem() == "The audit trail does not hold: event 2 (seal 1) was inserted later."


def test_an_end_cut_off_with_its_traces_is_found_with_a_kept_seal(trail: CommittedDatabase) -> None:
    """Within the database alone this cannot be seen: that is what a mark kept elsewhere is for."""
    kept = verify().splitlines()[1].removeprefix("Last seal: ")
    tamper(
        trail,
        "DELETE FROM audit_auditseal WHERE seq = 3",
        "DELETE FROM audit_auditevent WHERE id > 20",
        "UPDATE audit_sealingstate SET last_seq = 2",
    )
    assert verify().startswith("20 events in 2 seals hold; 0 not sealed yet")
    assert problem("--kept-seal", kept) == (
        "The audit trail does not hold: the trail does not hold the seal that was kept (3)."
    )


def test_every_seal_is_logged_with_the_mark_to_keep(trail: CommittedDatabase, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", logger="smportal.audit.sealing"):
        sealing.seal_settled()
    assert verify("--kept-seal", caplog.records[-1].seal)  # type: ignore[attr-defined]


@pytest.mark.usefixtures("trail")
def test_keys_rotate_and_older_ones_still_verify(settings: Settings) -> None:
    old = dict(settings.AUDIT_KEYS)
    settings.AUDIT_KEYS = {"newer": secrets.token_bytes(32), **old}
    append(1)
    sealing.seal_settled()
    assert verify().startswith("33 events in 4 seals hold; 0 not sealed yet")
    settings.AUDIT_KEYS = {"newer": settings.AUDIT_KEYS["newer"]}
    assert problem() == "The audit trail does not hold: seal 1 needs the key test1, which is not in AUDIT_KEYS."
    settings.AUDIT_KEYS = {"test1": secrets.token_bytes(32)}
    assert problem() == "The audit trail does not hold: seal 1 was changed or forged."


def test_guards_that_are_off_are_a_problem(trail: CommittedDatabase) -> None:
    with trail.as_superuser() as superuser:
        superuser.execute("ALTER TABLE audit_auditevent DISABLE TRIGGER audit_append_only")
    assert "the trigger audit_append_only of audit_auditevent is off" in problem()
