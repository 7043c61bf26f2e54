"""import_feed as other systems call it: output, exit codes, interruption; a real process on a real database."""

import io
import subprocess
from contextlib import AbstractContextManager
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command

from eligibility.feeds.loading import LOAD_LOCK, load_feed
from eligibility.models import Facility, FeedLoad
from smportal.actor import Actor
from smportal.errors import Conflict
from tests.eligibility.feeds.helpers import HEADERS
from tests.fixtures.children import child
from tests.fixtures.databases import CommittedDatabase, lock_waiters

STATIONS = [f"{number},Clinic {number},NY,,America/New_York" for number in range(100, 400)]


def start(database: CommittedDatabase, *arguments: str | Path) -> AbstractContextManager["subprocess.Popen[str]"]:
    environment = {**database.environment, "DJANGO_SETTINGS_MODULE": "smportal.settings.test"}
    return child("manage.py", "import_feed", *arguments, environment=environment)


def load(*arguments: str | Path) -> str:
    """Run the command in this process, where what counts is what it loads; return what it prints."""
    printed = io.StringIO()
    call_command("import_feed", *map(str, arguments), stdout=printed)
    return printed.getvalue()


def facilities(path: Path, rows: list[str]) -> Path:
    file = path / "facilities.csv"
    file.write_text("\n".join([HEADERS["facilities"], *rows]) + "\n")
    return file


def test_counts_are_the_last_line_and_a_second_run_changes_nothing(
    committed_db: CommittedDatabase, tmp_path: Path
) -> None:
    file = facilities(tmp_path, ["402,Togus,ME,402,America/New_York", "bad,X,ME,,America/New_York"])
    assert load("facilities", file) == "created=1 changed=0 unchanged=0 quarantined=1\n"
    before = written(committed_db)
    with start(committed_db, "facilities", file, "--progress") as again:
        printed, bar = again.communicate(timeout=60)
    assert (again.returncode, printed) == (0, "created=0 changed=0 unchanged=1 quarantined=1\n")
    assert "applying" in bar
    assert {table for table, rows in written(committed_db).items() if rows != before.get(table)} <= {
        "eligibility_feedload",
        "audit_auditevent",
    }


def written(database: CommittedDatabase) -> dict[str, object]:
    """Every row of every table with its version: any write shows."""
    with psycopg.connect(database.superuser_dsn) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        return {
            name: connection.execute(f'SELECT xmin::text, xmax::text FROM "{name}" ORDER BY ctid'.encode()).fetchall()
            for (name,) in names
        }


def test_what_cannot_be_read_is_refused_with_one_line(committed_db: CommittedDatabase, tmp_path: Path) -> None:
    header_only_of_another = tmp_path / "feed.csv"
    header_only_of_another.write_text("a,b\n")
    for path, reason in (
        (header_only_of_another, "the header lacks station_number"),
        (tmp_path / "none.csv", "No such file"),
        (tmp_path, "Is a directory"),
    ):
        with pytest.raises(CommandError, match=reason) as refused:
            load("facilities", path)
        assert refused.value.returncode == 1
    with start(committed_db, "facilities", tmp_path) as process:
        printed, complaint = process.communicate(timeout=60)
    assert (process.returncode, printed, len(complaint.splitlines())) == (1, "", 1), complaint
    assert not FeedLoad.objects.exists()


@pytest.mark.parametrize("killed", ["load", "its connection"])
def test_a_load_that_was_interrupted_is_finished_by_loading_again(
    committed_db: CommittedDatabase, tmp_path: Path, killed: str
) -> None:
    rows = [f"{station}{letter},Clinic,NY,,America/New_York" for station in range(100, 400) for letter in "ABCDEFGHIJ"]
    load("facilities", facilities(tmp_path, rows[-1:]))
    file = facilities(tmp_path, [*rows[:-1], rows[-1].replace("Clinic", "Hospital")])
    with psycopg.connect(committed_db.superuser_dsn) as blocker:
        # Hold a row that the last batch changes: the load stands still with its first batches committed.
        blocker.execute("SELECT * FROM eligibility_facility FOR UPDATE")
        with start(committed_db, "facilities", file) as process:
            with psycopg.connect(committed_db.superuser_dsn, autocommit=True) as watching:
                blocked = wait_until_blocked(watching, process)
                if killed == "load":
                    process.kill()
                else:
                    watching.execute("SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS pid", [blocked])
            _, complaint = process.communicate(timeout=60)
    if killed == "its connection":
        assert (process.returncode, len(complaint.splitlines())) == (2, 1), complaint
    assert 1_000 <= Facility.objects.count() < len(rows)
    load("facilities", file)
    assert Facility.objects.count() == len(rows)
    assert Facility.objects.get(station_number="399J").name == "Hospital"
    assert load("facilities", file) == f"created=0 changed=0 unchanged={len(rows)} quarantined=0\n"


def test_one_feed_is_loaded_at_a_time(committed_db: CommittedDatabase) -> None:
    content = io.BytesIO(f"{HEADERS['facilities']}\n{STATIONS[0]}\n".encode())
    with psycopg.connect(committed_db.url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [LOAD_LOCK])
        with pytest.raises(Conflict):
            load_feed(actor=Actor.system("test"), kind="facilities", stream=content, wait=False)
        assert not FeedLoad.objects.exists()
        other.execute("SELECT pg_advisory_unlock(%s)", [LOAD_LOCK])
    # Each load gives the lock back.
    for _ in range(2):
        content.seek(0)
        load_feed(actor=Actor.system("test"), kind="facilities", stream=content, wait=False)
    with psycopg.connect(committed_db.url, autocommit=True) as other:
        assert other.execute("SELECT pg_try_advisory_lock(%s)", [LOAD_LOCK]).fetchone() == (True,)


def wait_until_blocked(watching: psycopg.Connection, process: "subprocess.Popen[str]") -> list[int]:
    """Poll the server until the load waits for a lock; return its connections, or fail when it ends first."""
    for _ in range(20_000):
        if blocked := lock_waiters(watching):
            return blocked
        assert process.poll() is None, "the load ended"
        watching.execute("SELECT pg_sleep(0.01)")
    pytest.fail("the load never waited")
