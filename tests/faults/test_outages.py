"""Database or broker away: plain words, nothing half done, and work goes on where it can (F002 to F005, F018)."""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.urls import reverse
from pytest_django import DjangoDbBlocker

from messaging.models import Message
from smportal.devstack import provision
from smportal.devstack.postgres import Postgres
from smportal.devstack.supervisor import Supervisor
from smportal.devstack.valkey import Valkey
from tests.faults.test_killed_sends import check_whole, form, post, ready_to_write
from tests.fixtures.databases import CommittedDatabase, lock_waiters
from tests.fixtures.stack import the_stack
from tests.security.people import make_writer
from tests.security.portal import Answer, Portal, described, running

FULL = bool(os.environ.get("FULL"))
CRASHES = 8 if FULL else 1
WRITERS = 12 if FULL else 3


def ready(portal: Portal) -> tuple[int, str]:
    answer = portal.browser().get("/readyz")
    return answer.status, json.loads(answer.body)["status"]


def check_plain(answer: Answer) -> None:
    """The page of an outage: when to come back, in plain words, in our own layout."""
    assert (answer.status, answer.header("Retry-After")) == (503, "30")
    assert "We can’t reach our records right now" in answer.text
    assert "no-store" in answer.header("Cache-Control")
    assert "frame-ancestors 'none'" in answer.header("Content-Security-Policy")


class Cluster:
    """A PostgreSQL of this test alone, durable, that can be killed: a database like the run's template is in it."""

    def __init__(self, home: Path, supervisor: Supervisor) -> None:
        self.postgres, self.supervisor = Postgres.at(home, durable=True), supervisor
        self.running = supervisor.start(self.postgres.service())
        stack = the_stack()
        self.owner_url, self.app_url = (self._here(url) for url in (stack.owner_url, stack.app_url))
        provision.prepare_database(self.postgres.dsn(), owner_url=self.owner_url, app_url=self.app_url)
        programs = self.postgres.installation.bin
        dump = subprocess.run(
            [str(programs / "pg_dump"), stack.url(stack.superuser_dsn, stack.template)],
            capture_output=True, check=True,
        )  # fmt: skip
        loaded = subprocess.run(
            [str(programs / "psql"), "-q", self.postgres.dsn("outage")],
            input=dump.stdout,
            capture_output=True,
            check=True,
        )
        assert b"FATAL" not in loaded.stderr

    def _here(self, url: str) -> str:
        credentials = url.partition("@")[0]
        return f"{credentials}@127.0.0.1:{self.postgres.port}/outage"

    def crash(self) -> None:
        """End it at once, without a checkpoint (pg_ctl's immediate stop)."""
        self.running.process.send_signal(signal.SIGQUIT)
        self.running.process.wait(60)
        self.supervisor.running.remove(self.running)

    def start(self) -> None:
        self.running = self.supervisor.start(self.postgres.service())


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with Supervisor(tmp_path / "cluster-logs") as supervisor:
        (tmp_path / "cluster").mkdir()
        yield Cluster(tmp_path / "cluster", supervisor)


class OwnDatabase(CommittedDatabase):
    """The database of the cluster above, to the harness."""

    cluster: Cluster

    @property
    def url(self) -> str:
        return self.cluster.app_url

    @property
    def owner_url(self) -> str:
        return self.cluster.owner_url


@contextmanager
def on_cluster(directory: Path, cluster: Cluster, blocker: DjangoDbBlocker) -> Iterator[Portal]:
    database = OwnDatabase("outage")
    object.__setattr__(database, "cluster", cluster)
    with described(directory, database, blocker, POOL_TIMEOUT="0.5") as portal:
        yield portal


def test_f002_a_database_that_crashes_under_writers_loses_nothing_acknowledged(
    tmp_path: Path, cluster: Cluster, django_db_blocker: DjangoDbBlocker
) -> None:
    with on_cluster(tmp_path / "portal", cluster, django_db_blocker) as portal:
        with portal.rows():
            writers = [make_writer(f"f002 {number}") for number in range(WRITERS)]
        portal.start_web()
        browsers = [ready_to_write(portal, writer) for writer in writers]
        over, acknowledged = threading.Event(), []

        def write(number: int) -> int:
            count = 0
            while not over.is_set():
                acknowledged.append(
                    post(browsers[number], form(writers[number], count), until=time.monotonic() + 90).split("/")[3]
                )
                count += 1
            return count

        with ThreadPoolExecutor(WRITERS) as pool:
            counts = [pool.submit(write, number) for number in range(WRITERS)]
            try:
                for _ in range(CRASHES):
                    before = len(acknowledged)
                    _wait_until(lambda before=before: len(acknowledged) > before + 3)
                    cluster.crash()
                    check_plain(portal.browser().get(f"{reverse('facility_finder')}?q=a"))
                    assert ready(portal) == (503, "unready")
                    assert portal.browser().get("/healthz").status == 200
                    check_plain(browsers[0].get(reverse("mailbox_inbox")))
                    cluster.start()
                before = len(acknowledged)
                _wait_until(lambda: len(acknowledged) > before + 3)
            finally:
                over.set()
            total = sum(count.result(120) for count in counts)
        # Each worker meets its broken connections once, and answers that once with 503.
        _wait_until(lambda: ready(portal)[0] == 200)
        with portal.rows():
            assert set(map(str, Message.objects.values_list("id", flat=True))) == set(acknowledged)
            check_whole(total)


def _wait_until(holds: object, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_f003_an_exhausted_pool_is_a_plain_page_and_recovers(
    tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    with running(tmp_path / "portal", django_db_blocker, DATABASE_POOL="1", POOL_TIMEOUT="1") as portal:
        with portal.rows():
            writer = make_writer("f003")
        portal.start_web("--workers", "1")
        browser = ready_to_write(portal, writer)
        with psycopg.connect(portal.database.owner_url) as owner, ThreadPoolExecutor(4) as pool:
            owner.execute("LOCK TABLE messaging_message")
            waiting = pool.submit(post, browser, form(writer, 0), until=time.monotonic() + 60)
            _wait_until(lambda: lock_waiters(owner))
            refused = list(pool.map(lambda _: portal.browser_like(browser).get(reverse("mailbox_inbox")), range(2)))
            owner.rollback()
            assert waiting.result(60)
        for answer in refused:
            check_plain(answer)
        assert browser.get(reverse("mailbox_inbox")).status == 200
        with portal.rows():
            check_whole(1)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[tuple[Supervisor, Valkey]]:
    (tmp_path / "broker").mkdir()
    valkey = Valkey.at(tmp_path / "broker", durable=False)
    with Supervisor(tmp_path / "broker-logs") as supervisor:
        supervisor.start(valkey.service())
        yield supervisor, valkey


@pytest.mark.parametrize("fault", ["refuses", "is silent"])
def test_f004_f005_sign_in_and_sends_work_without_the_broker(
    tmp_path: Path, broker: tuple[Supervisor, Valkey], django_db_blocker: DjangoDbBlocker, fault: str
) -> None:
    from tests.accounts.people import PASSWORD
    from tests.factories import make_team
    from tests.journeys.people import make_veteran

    supervisor, valkey = broker
    with running(tmp_path / "portal", django_db_blocker, REDIS_URL=valkey.url()) as portal:
        with portal.rows():
            writer, other = make_writer("f004"), make_veteran(make_team())
        portal.start_web()
        assert ready(portal) == (200, "ready")
        if fault == "refuses":
            supervisor.stop()
        else:
            supervisor.running[0].process.send_signal(signal.SIGSTOP)
        try:
            assert ready(portal) == (200, "degraded")
            browser = ready_to_write(portal, writer)
            began = time.monotonic()
            post(browser, form(writer, 0), until=time.monotonic() + 60)
            # A send that asked the broker once would wait for its time-out of a second, or of two.
            took = time.monotonic() - began
            visitor = portal.browser()
            visitor.get(reverse("account_login"))
            signed_in = visitor.post(reverse("account_login"), {"login": other.account.username, "password": PASSWORD})
            assert (signed_in.status, signed_in.header("Location")) == (302, reverse("mfa_authenticate"))
        finally:
            if fault == "is silent":
                supervisor.running[0].process.send_signal(signal.SIGCONT)
        assert took < 10
        assert b"unavailable" in portal.logs()
        with portal.rows():
            check_whole(1)


def test_f018_code_that_is_ahead_of_its_schema_is_not_ready(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> None:
    with running(tmp_path / "portal", django_db_blocker) as portal:
        portal.start_web("--workers", "1")
        assert ready(portal) == (200, "ready")
        with portal.database.as_owner() as owner:
            owner.execute("DELETE FROM django_migrations WHERE app = 'messaging'")
        assert ready(portal) == (503, "unready")
