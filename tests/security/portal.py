"""The portal as the demo runs it: gunicorn, a Celery worker and the real services, driven over real sockets."""

import http.client
import itertools
import os
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client
from pytest_django import DjangoDbBlocker

from accounts.models import Account
from smportal.devstack import ports, provision, services
from smportal.devstack.supervisor import Running, Service, Supervisor
from tests.fixtures.databases import CommittedDatabase, clone
from tests.fixtures.stack import ROOT, the_stack, worker_name
from tests.signing_in import sign_in

_numbers = itertools.count(1)
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


@dataclass
class Answer:
    """One response as it came over the wire."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    def header(self, name: str) -> str:
        """Return the header's values, joined; empty when it is not there."""
        return ", ".join(value for key, value in self.headers if key.lower() == name.lower())


@dataclass
class Browser:
    """A client with cookies and, for forms, the token of the page that it saw last. Each thread has its own."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""
    seen_urls: list[str] = field(default_factory=list)

    def get(self, path: str, **headers: str) -> Answer:
        """Ask for a page; a redirect is returned, not followed."""
        return self.request("GET", path, None, headers)

    def post(self, path: str, data: Mapping[str, str], **headers: str) -> Answer:
        """Post a form with the token of the last page."""
        body = urlencode({"csrfmiddlewaretoken": self.token, **data})
        return self.request("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded", **headers})

    def request(self, method: str, path: str, body: str | None, headers: Mapping[str, str]) -> Answer:
        """Make one request on a connection of its own. Raises OSError or HTTPException when the server dies."""
        self.seen_urls.append(path)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            named = {key.replace("_", "-"): value for key, value in headers.items()}
            connection.request(
                method, path, body, {"Host": f"localhost:{self.port}", "Cookie": cookies, "User-Agent": "test", **named}
            )
            response = connection.getresponse()
            answer = Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()
        self._remember(answer)
        return answer

    def _remember(self, answer: Answer) -> None:
        for name, value in answer.headers:
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        if location := answer.header("Location"):
            self.seen_urls.append(location)
        if found := TOKEN.search(answer.text):
            self.token = found[1]


@dataclass
class Portal:
    """A running portal: its address, its database and what its processes said."""

    port: int
    database: CommittedDatabase
    environment: dict[str, str]
    supervisor: Supervisor
    blocker: DjangoDbBlocker

    def browser(self) -> Browser:
        return Browser(self.port)

    def browser_of(self, account: Account) -> Browser:
        """Return a browser in which the account has signed in; call it inside `rows()`."""
        client = Client()
        sign_in(client, account)
        name = settings.SESSION_COOKIE_NAME
        return Browser(self.port, {name: client.cookies[name].value})

    def browser_like(self, other: Browser) -> Browser:
        """Return another tab of the same browser, for another thread."""
        return Browser(self.port, dict(other.cookies), other.token)

    @contextmanager
    def rows(self) -> Iterator[None]:
        """Point this process's Django at the portal's database, as the application's role."""
        with on_database(self.database, self.blocker):
            yield

    def raw(self, request: bytes, *, seconds: float = 60) -> bytes:
        """Send bytes as they are and return whatever comes until the server closes or is silent."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as wire:
            wire.sendall(request)
            answer = b""
            try:
                while part := wire.recv(65536):
                    answer += part
            except TimeoutError:
                pass
            return answer

    def logs(self) -> bytes:
        """Return everything that the portal's processes wrote."""
        return b"".join(path.read_bytes() for path in sorted(self.supervisor.log_dir.glob("*.log")))

    def start_web(self, *more: str, application: str = "smportal.wsgi:application") -> Running:
        """Start gunicorn with the demo's command line, and `more` options."""
        command = [
            application if part == "smportal.wsgi:application" else part for part in services.web_command(self.port)
        ]
        return self.supervisor.start(
            Service(
                name="web",
                command=[*command, *more],
                environment=self.environment,
                ready=lambda: services.responds(f"http://localhost:{self.port}/healthz"),
                ready_seconds=60,
            )
        )

    def start_worker(self) -> Running:
        """Start the Celery worker with the demo's command line."""
        log = self.supervisor.log_dir / "worker.log"
        return self.supervisor.start(
            Service(
                name="worker",
                command=services.worker_command(),
                environment=self.environment,
                ready=lambda: b" ready" in log.read_bytes(),
                ready_seconds=60,
            )
        )


@contextmanager
def on_database(database: CommittedDatabase, blocker: DjangoDbBlocker) -> Iterator[None]:
    """Point this process's Django at a database for a while."""
    connections.close_all()
    with pytest.MonkeyPatch.context() as patch, blocker.unblock():
        where = urlsplit(database.url)
        for alias in connections:
            for place in (connections.settings[alias], connections[alias].settings_dict):
                patch.setitem(place, "NAME", database.name)
                patch.setitem(place, "PORT", str(where.port))
                patch.setitem(place, "PASSWORD", where.password)
        try:
            yield
        finally:
            connections.close_all()


@contextmanager
def running(directory: Path, blocker: DjangoDbBlocker, **environment: str) -> Iterator[Portal]:
    """Make a database and everything that a portal needs but its processes; end them all afterwards."""
    database = CommittedDatabase(f"committed_portal_{worker_name()}_{next(_numbers)}")
    clone(database.name)
    with ExitStack() as stack:
        stack.callback(provision.drop_database, the_stack().superuser_dsn, database.name)
        yield stack.enter_context(described(directory, database, blocker, **environment))


@contextmanager
def described(
    directory: Path, database: CommittedDatabase, blocker: DjangoDbBlocker, **environment: str
) -> Iterator[Portal]:
    """Describe a portal on a database that is there already."""
    port = ports.free_port()
    scratch = directory / "scratch"
    scratch.mkdir(parents=True)
    values = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.security.demo_settings",
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": database.url,
        "DATABASE_OWNER_URL": database.owner_url,
        "SITE_URL": f"http://localhost:{port}",
        "EMAIL_URL": "smtp://127.0.0.1:1",
        "TMPDIR": str(scratch),
        **environment,
    }
    with Supervisor(directory / "logs") as supervisor:
        yield Portal(port, database, values, supervisor, blocker)
