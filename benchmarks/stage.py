"""The services and the server under measurement: the demo's own, on a state directory of the benchmark's."""

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from smportal.devstack import commands, frontend, ports, provision, services, state
from smportal.devstack.postgres import Postgres
from smportal.devstack.supervisor import Service, Supervisor
from smportal.devstack.valkey import Valkey

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = "benchmarks.settings"
DATA_SOURCES = ("benchmarks/filling.py", "benchmarks/people.py")
# The inboxes' dates are relative to the day of loading.
KEPT_SECONDS = 5 * 86_400


@dataclass(frozen=True)
class Stage:
    """Where the server is, and the server's superuser."""

    port: int
    superuser_dsn: str
    # gunicorn's first process, whose children are the workers.
    web_pid: int


@contextmanager
def raised(scale: str, *, styled: bool = False) -> Iterator[Stage]:
    """Start the services, load data unless it is there, and start the web server.

    Sets this process's Django up on the same database. Everything is kept in BENCH_STATE, or
    .cache/bench in the project. The small scale has style sheets and scripts only when styled.
    Raises StackError with one line.
    """
    default = ROOT / ".cache" / ("bench" if scale == "full" else f"bench-{scale}")
    home = Path(os.environ.get("BENCH_STATE") or default)
    with state.held(home), Supervisor(home / "logs") as supervisor:
        postgres, valkey = Postgres.at(home), Valkey.at(home)
        supervisor.start(postgres.service())
        supervisor.start(valkey.service())
        port = ports.free_port()
        values = state.environment(
            home,
            postgres,
            valkey,
            port=port,
            smtp_port=ports.free_port(),
            scanner_port=ports.free_port(),
            fhir_port=ports.free_port(),
        )
        styled = styled or scale == "full"
        values |= {"DJANGO_SETTINGS_MODULE": SETTINGS, "BENCH_STYLED": "1" if styled else "0"}
        os.environ.update(values)
        if styled:
            frontend.install(tests=False)
            frontend.build()
        _load(home, postgres, values, scale)
        if styled:
            commands.collect_static(values)
        web = supervisor.start(
            Service(
                name="web",
                command=services.web_command(port),
                environment=os.environ,
                ready=lambda: services.responds(f"http://localhost:{port}/readyz"),
            )
        )
        yield Stage(port, postgres.dsn(state.DATABASE), web.process.pid)


def _load(home: Path, postgres: Postgres, values: dict[str, str], scale: str) -> None:
    stamp = home / "loaded"
    wanted = _digest()
    keep = stamp.exists() and stamp.read_text() == wanted and time.time() - stamp.stat().st_mtime < KEPT_SECONDS
    if not keep:
        stamp.unlink(missing_ok=True)
        (home / "migrated").unlink(missing_ok=True)
        provision.drop_database(postgres.dsn(), state.DATABASE)
        print("Loading the benchmark's data …", flush=True)
    state.prepare(postgres, values)
    commands.migrate(home, values)
    import django

    django.setup()
    if keep:
        return
    from benchmarks import filling

    filling.fill(filling.FULL if scale == "full" else filling.TINY)
    with psycopg.connect(postgres.dsn(state.DATABASE), autocommit=True) as connection:
        # What autovacuum does within minutes of such a load.
        connection.execute("VACUUM ANALYZE")
    stamp.write_text(wanted)


def _digest() -> str:
    digest = hashlib.sha256()
    migrations = [path for app in commands.APPLICATIONS for path in sorted((ROOT / app).rglob("migrations/*.py"))]
    for path in [*migrations, *(ROOT / name for name in DATA_SOURCES)]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
