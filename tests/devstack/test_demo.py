"""``bin/demo`` leaves no process, whatever ends it, and says in one line what is in its way."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from smportal.devstack import ports, services
from smportal.devstack.state import keys

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS, END_SECONDS = 120, 60
MARK = "SMPORTAL_TEST_MARK"


def until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def marked(mark: str, state: Path) -> list[psutil.Process]:
    """Every process that inherited the mark or works in the state, whatever its parent, session or user.

    PostgreSQL overwrites its environment with its title, but stays in its directory.
    """
    found = []
    for process in psutil.process_iter():
        try:
            mine = process.environ().get(MARK) == mark or state in Path(process.cwd()).parents
            if mine and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def command_of(process: psutil.Process) -> str:
    """Its command line; empty when it has just ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


class Demo:
    """A demo that a test started, and everything that it started in turn."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.port, self.mail_port = ports.free_port(), ports.free_port()
        self.mark = f"{os.getpid()}-{self.port}"
        unwanted = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "EMAIL_URL", "DJANGO_SETTINGS_MODULE")
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in unwanted},
            MARK: self.mark,
            "DEMO_STATE": str(state),
            "PORT": str(self.port),
            "MAIL_PORT": str(self.mail_port),
            "IDP_PORT": str(ports.free_port()),
            "FHIR_PORT": str(ports.free_port()),
        }
        self.output = state.parent / "output.txt"
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                ["sh", str(ROOT / "bin" / "demo"), "--empty"],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def wait_until_up(self) -> None:
        def up() -> bool:
            assert self.process.poll() is None, self.output.read_text()
            return "Ctrl-C ends everything" in self.output.read_text()

        until(up, START_SECONDS, "the demo did not come up")

    def names(self) -> str:
        return " ".join(map(command_of, self.processes()))

    def processes(self) -> list[psutil.Process]:
        return marked(self.mark, self.state)

    def get(self, port: int, path: str = "/", host: str | None = None) -> tuple[int, str]:
        headers = {"Host": host} if host else {}
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # One for the module, so that only the first start makes a database. A space, as a checkout's path may have.
    return tmp_path_factory.mktemp("demo") / "a state"


@pytest.fixture
def demo(state: Path) -> Iterator[Demo]:
    started = Demo(state)
    yield started
    started.process.kill()
    started.process.wait()
    until(lambda: not started.processes(), END_SECONDS, "the watchdog left something")


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_survives_the_demo(demo: Demo, signum: signal.Signals) -> None:
    demo.wait_until_up()
    for part in ("bin/postgres", "valkey-server", "gunicorn", "celery", "mailsink"):
        assert part in demo.names()

    demo.process.send_signal(signum)

    demo.process.wait(END_SECONDS)
    until(lambda: not demo.processes(), END_SECONDS, demo.names())


def test_a_part_that_dies_ends_the_demo_and_is_named(demo: Demo) -> None:
    demo.wait_until_up()
    valkey = next(p for p in demo.processes() if "valkey-server" in command_of(p))
    valkey.kill()
    assert demo.process.wait(END_SECONDS) == 1
    assert "valkey ended by itself" in demo.output.read_text()
    until(lambda: not demo.processes(), END_SECONDS, demo.names())


def test_commands_and_mail_while_the_demo_runs(demo: Demo) -> None:
    demo.wait_until_up()
    assert (demo.state / "environment.json").stat().st_mode & 0o077 == 0
    manage = ["sh", str(ROOT / "bin" / "manage")]

    program = (
        "import sys; from django.db import connection as c; u = c.cursor(); "
        "u.execute('select current_user'); print(u.fetchone()[0], sys.stdin.read()); sys.exit(7)"
    )
    asked = subprocess.run(
        [*manage, "shell", "--no-imports", "-c", program],
        env=demo.environment, input="typed", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (asked.returncode, asked.stdout.split()) == (7, ["smportal_app", "typed"]), asked.stderr

    sent = subprocess.run(
        [*manage, "sendtestemail", "someone@example.test"], env=demo.environment, capture_output=True, check=False
    )
    assert sent.returncode == 0, sent.stderr
    status, page = demo.get(demo.mail_port, host=f"localhost:{demo.mail_port}")
    assert status == 200
    assert "someone@example.test" in page
    assert demo.get(demo.mail_port, host="evil.example")[0] == 421


def test_a_taken_port_is_named_with_its_variable(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        for variable in ("PORT", "MAIL_PORT", "IDP_PORT", "FHIR_PORT"):
            done = subprocess.run(
                ["sh", str(ROOT / "bin" / "demo"), "--empty"],
                env={
                    **os.environ,
                    "PORT": str(ports.free_port()),
                    "MAIL_PORT": str(ports.free_port()),
                    "IDP_PORT": str(ports.free_port()),
                    "FHIR_PORT": str(ports.free_port()),
                    "DEMO_STATE": str(tmp_path / "state"),
                    variable: str(taken),
                },
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 1
            assert done.stderr.startswith(f"bin/demo: Port {taken} is taken. Set {variable} ")
            assert done.stderr.count("\n") == 1


def test_a_stand_in_whose_usual_port_is_taken_moves_unless_somebody_chose_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        moved = ports.preferred(taken)
        assert moved != taken
        assert ports.preferred(moved) == moved
        monkeypatch.setenv("PORT", str(ports.free_port()))
        for variable in ("MAIL_PORT", "IDP_PORT", "FHIR_PORT"):
            monkeypatch.delenv(variable, raising=False)
        monkeypatch.setattr(ports, "is_free", lambda port: port not in {8025, 8040, 8050})
        mine = services.Ports.claim()
        assert not {mine.mail_page, mine.idp, mine.fhir} & {8025, 8040, 8050}


def test_manage_without_a_demo_starts_and_ends_its_own_services(state: Path) -> None:
    mark = f"manage-{os.getpid()}"
    unwanted = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "EMAIL_URL", "DJANGO_SETTINGS_MODULE")
    environment = {name: value for name, value in os.environ.items() if name not in unwanted}
    environment |= {"DEMO_STATE": str(state), MARK: mark}
    for command, code in (("showmigrations --plan", 0), ("no_such_command", 1)):
        done = subprocess.run(
            ["sh", str(ROOT / "bin" / "manage"), *command.split()],
            env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        assert "[ ]" not in done.stdout
    until(lambda: not marked(mark, state), END_SECONDS, "services stayed")


def test_manage_obeys_database_url(tmp_path: Path) -> None:
    environment = {**os.environ, "DEMO_STATE": str(tmp_path / "never made")}
    done = subprocess.run(
        ["sh", str(ROOT / "bin" / "manage"), "diffsettings", "--output", "unified"],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "never made").exists()


def test_the_keys_of_a_state_stay_the_same(tmp_path: Path) -> None:
    first = keys(tmp_path)
    assert first == keys(tmp_path)
    assert set(first) == {"SECRET_KEY", "FIELD_KEYS", "SSN_PEPPERS", "AUDIT_KEYS"}
    assert json.loads((tmp_path / "keys.json").read_text()) == first
    assert (tmp_path / "keys.json").stat().st_mode & 0o077 == 0
