"""The database itself refuses to change the trail, whoever asks."""

import os

import psycopg
import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from smportal.actor import Actor
from smportal.audit import protection, sealing
from smportal.audit.actions import Deed
from smportal.audit.models import AuditEvent, AuditSeal
from smportal.audit.recording import record
from tests.fixtures.databases import CommittedDatabase

ROW = "now(), 'system', 'x', 'denied', '', '', '', '', '{}'"
INSERT = (
    "INSERT INTO audit_auditevent (occurred_at, actor_kind, actor_name, deed, object_kind, object_id, reason,"
    f" request_id, details) VALUES ({ROW})"
)
EVERYTHING = [
    INSERT,
    "UPDATE audit_auditevent SET reason = 'x'",
    "DELETE FROM audit_auditevent",
    "TRUNCATE audit_auditevent",
    "ALTER TABLE audit_auditevent DISABLE TRIGGER ALL",
    "ALTER TABLE audit_auditevent ADD COLUMN x int",
    "DROP TRIGGER audit_append_only ON audit_auditevent",
    "DROP TABLE audit_auditevent",
    "CREATE TRIGGER mine BEFORE INSERT ON audit_auditevent FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()",
    "CREATE RULE mine AS ON INSERT TO audit_auditevent DO INSTEAD NOTHING",
    "SELECT setval('audit_auditevent_id_seq', 1)",
    "SELECT nextval('audit_auditevent_id_seq')",
    "LOCK TABLE audit_auditevent IN ACCESS EXCLUSIVE MODE",
    "INSERT INTO audit_auditseal VALUES (1, 1, 1, 1, '', 1, 'k', '', '', now())",
    "UPDATE audit_auditseal SET count = 2",
    "DELETE FROM audit_auditseal",
    "TRUNCATE audit_auditseal",
    "UPDATE audit_sealingstate SET last_seq = 0",
    "DELETE FROM audit_sealingstate",
    "CREATE OR REPLACE FUNCTION audit_append(events jsonb) RETURNS void LANGUAGE sql AS ''",
    "DROP FUNCTION audit_append(jsonb)",
    "CREATE FUNCTION mine() RETURNS void LANGUAGE sql AS ''",
    "CREATE TABLE mine (id int)",
    "SET ROLE smportal_owner",
    "SET session_replication_role = replica",
]


@pytest.mark.django_db
@pytest.mark.parametrize("statement", EVERYTHING)
def test_a098_the_applications_role_cannot_touch_the_trail(statement: str) -> None:
    record(actor=Actor.system("test"), deed=Deed.DENIED)
    with (
        pytest.raises(DatabaseError, match=r"permission denied|must be owner") as refused,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)
    assert AuditEvent.objects.count() == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_auditevent SET reason = 'x'",
        "DELETE FROM audit_auditevent",
        "DELETE FROM audit_auditevent WHERE false",
        "TRUNCATE audit_auditevent",
        "UPDATE audit_auditseal SET count = 2",
        "DELETE FROM audit_auditseal",
        "TRUNCATE audit_auditseal",
        f"{INSERT}; UPDATE audit_auditevent SET reason = 'x'",
        "INSERT INTO audit_auditseal SELECT * FROM audit_auditseal ON CONFLICT (seq) DO UPDATE SET count = 9",
    ],
)
def test_a098_triggers_refuse_even_the_owner_and_replication(committed_db: CommittedDatabase, statement: str) -> None:
    record(actor=Actor.system("test"), deed=Deed.DENIED)
    assert sealing.seal_settled() == 1
    with committed_db.as_owner() as owner, pytest.raises(psycopg.Error, match="append-only"):
        owner.execute(statement.encode())
    with committed_db.as_superuser() as superuser, pytest.raises(psycopg.Error, match="append-only"):
        superuser.execute("SET session_replication_role = replica")
        superuser.execute(statement.encode())
    assert (AuditEvent.objects.count(), AuditSeal.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_a098_a_temporary_table_does_not_catch_the_event() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_database_privilege(current_user, current_database(), 'TEMP')")
        if cursor.fetchone()[0]:
            cursor.execute("CREATE TEMP TABLE audit_auditevent (id int) ON COMMIT DROP")
        cursor.execute("SET LOCAL search_path = pg_temp, public")
    record(actor=Actor.system("test"), deed=Deed.DENIED)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM public.audit_auditevent")
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db
def test_the_applications_role_reads_the_trail_and_nothing_is_missing() -> None:
    assert AuditEvent.objects.count() == 0
    assert protection.gaps(connection) == []


def test_rights_given_by_mistake_are_seen_and_migrating_takes_them_back(committed_db: CommittedDatabase) -> None:
    app, owner_user = connection.settings_dict["USER"], connection.settings_dict["USER"]
    with committed_db.as_owner() as owner:
        owner.execute(f"GRANT ALL ON audit_auditevent TO {app}".encode())
        owner.execute("ALTER TABLE audit_auditseal DISABLE TRIGGER audit_append_only")
    gaps = protection.gaps(connection)
    assert f"{app} may DELETE on audit_auditevent" in gaps
    assert "the trigger audit_append_only of audit_auditseal is off" in gaps
    call_command("migrate", verbosity=0, skip_checks=True)
    assert protection.gaps(connection) == []
    # Migrating was the owner's; the connection is the application's again.
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == (owner_user,)


def test_migrating_without_an_owner_is_one_line_in_production(
    committed_db: CommittedDatabase, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.core.management import CommandError

    monkeypatch.delenv("DATABASE_OWNER_URL")
    settings.SETTINGS_MODULE = "smportal.settings.production"  # type: ignore[attr-defined]
    with pytest.raises(CommandError, match=r"^smportal: cannot migrate: set DATABASE_OWNER_URL[^\n]*$"):
        call_command("migrate", verbosity=0, skip_checks=True)
    assert "DATABASE_OWNER_URL" not in os.environ
