"""The tests' own databases, and what the application's role may not do (attack A102)."""

import threading
from urllib.parse import urlsplit

import psycopg
import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, connection, transaction

from smportal.devstack import provision
from tests.fixtures.databases import CommittedDatabase
from tests.fixtures.stack import APP, the_stack


def scalar(query: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_tests_connect_as_the_application() -> None:
    assert scalar("SELECT current_user") == APP


@pytest.mark.django_db
@pytest.mark.parametrize("number", [1, 2])
def test_rows_of_a_test_are_rolled_back(number: int) -> None:
    assert not ContentType.objects.filter(app_label="left_over").exists(), number
    ContentType.objects.create(app_label="left_over", model="row")


def test_committed_rows_are_seen_by_another_connection(committed_db: CommittedDatabase) -> None:
    ContentType.objects.create(app_label="committed", model="row")
    seen: list[bool] = []

    def look() -> None:
        seen.append(ContentType.objects.filter(app_label="committed").exists())
        connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [True]
    assert scalar("SELECT current_database()") == committed_db.name


def test_each_committed_database_starts_fresh(committed_db: CommittedDatabase) -> None:
    assert not ContentType.objects.filter(app_label="committed").exists()
    with committed_db.as_owner() as owner:
        assert owner.execute("SELECT current_user").fetchone() == ("smportal_owner",)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "COPY (SELECT 1) TO PROGRAM 'cat'",
        "COPY (SELECT 1) TO '/tmp/out'",
        "SELECT * FROM pg_authid",
        "SELECT pg_read_file('/etc/passwd')",
        "SET session_replication_role = replica",
        "SET log_statement = 'none'",
        "ALTER TABLE django_content_type ADD COLUMN mine int",
        "DROP TABLE django_content_type",
        "TRUNCATE django_content_type",
        "ALTER ROLE smportal_app SUPERUSER",
        "SET ROLE smportal_owner",
        "CREATE EXTENSION dblink",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ],
)
def test_a102_the_application_role_is_refused(statement: str) -> None:
    with pytest.raises(DatabaseError, match=r"permission denied|must be|superuser"), transaction.atomic():
        scalar(statement)


def test_a102_the_server_wants_a_password_and_the_right_one() -> None:
    right = urlsplit(the_stack().superuser_dsn)
    for who in (right.username, f"{right.username}:wrong"):
        stranger = right._replace(netloc=f"{who}@{right.hostname}:{right.port}").geturl()
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(stranger)


def test_a102_passwords_are_kept_and_checked_as_scram() -> None:
    with psycopg.connect(the_stack().superuser_dsn) as superuser:
        rules = superuser.execute("SELECT DISTINCT auth_method FROM pg_hba_file_rules").fetchall()
        stored = superuser.execute("SELECT rolpassword FROM pg_authid WHERE rolcanlogin").fetchall()
        listening = superuser.execute("SHOW listen_addresses").fetchone()
    assert rules == [("scram-sha-256",)]
    assert stored
    assert all(password.startswith("SCRAM-SHA-256$") for (password,) in stored)
    assert listening == ("127.0.0.1",)


def test_preparing_a_database_twice_changes_nothing(committed_db: CommittedDatabase) -> None:
    for _ in range(2):
        provision.prepare_database(
            the_stack().superuser_dsn, owner_url=committed_db.owner_url, app_url=committed_db.url
        )
    ContentType.objects.create(app_label="still", model="works")


def test_owner_and_application_must_differ(committed_db: CommittedDatabase) -> None:
    with pytest.raises(ValueError, match="two roles"):
        provision.prepare_database(
            the_stack().superuser_dsn, owner_url=committed_db.owner_url, app_url=committed_db.owner_url
        )
