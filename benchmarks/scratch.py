"""An empty portal's database for measuring one thing: PostgreSQL with today's schema, gone afterwards."""

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.stage import ROOT, SETTINGS
from smportal.devstack import commands, ports, state
from smportal.devstack.postgres import Postgres
from smportal.devstack.supervisor import Supervisor
from smportal.devstack.valkey import Valkey


@dataclass(frozen=True, slots=True)
class Scratch:
    """The server that is there for a while."""

    superuser_dsn: str

    def settle(self) -> None:
        """Do what autovacuum and the checkpointer do within minutes of a load."""
        with psycopg.connect(self.superuser_dsn, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
            connection.execute("CHECKPOINT")


@contextmanager
def database() -> Iterator[Scratch]:
    """Start PostgreSQL, migrate, and set this process's Django up on it; nothing of it is kept.

    No web server, no broker. Raises StackError with one line.
    """
    cache = ROOT / ".cache"
    cache.mkdir(exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix="scratch-", dir=cache))
    try:
        with state.held(home), Supervisor(home / "logs") as supervisor:
            postgres = Postgres.at(home)
            supervisor.start(postgres.service())
            unused = {name: ports.free_port() for name in ("port", "smtp_port", "scanner_port", "fhir_port")}
            values = state.environment(home, postgres, Valkey.at(home), **unused)
            os.environ.update(values | {"DJANGO_SETTINGS_MODULE": SETTINGS, "BENCH_STYLED": "0"})
            state.prepare(postgres, values)
            commands.migrate(home, values)
            import django

            django.setup()
            yield Scratch(postgres.dsn(state.DATABASE))
    finally:
        shutil.rmtree(home, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a piece of work took: seconds on the wall, and of two processors together (this process and its PostgreSQL backend)."""

    wall: float
    cpu: float

    def __str__(self) -> str:
        return f"{self.wall:6.2f} s, {self.cpu:6.2f} s of processor"


def median(costs: Sequence[Cost]) -> Cost:
    """Return the median of each clock."""
    return Cost(statistics.median(cost.wall for cost in costs), statistics.median(cost.cpu for cost in costs))


class Meter:
    """Measures work on Django's connection. Other work on the machine changes the wall's time, hardly the processors'."""

    def __init__(self) -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            self._backend = Path(f"/proc/{cursor.fetchone()[0]}/stat")
        self._tick = os.sysconf("SC_CLK_TCK")

    def _cpu(self) -> float:
        fields = self._backend.read_text().rpartition(")")[2].split()
        return time.process_time() + (int(fields[11]) + int(fields[12])) / self._tick

    def now(self) -> Cost:
        """Return where the clocks stand."""
        return Cost(time.perf_counter(), self._cpu())

    def since(self, start: Cost) -> Cost:
        """Return what went by."""
        now = self.now()
        return Cost(now.wall - start.wall, now.cpu - start.cpu)


def execute(*statements: str) -> None:
    """Run statements that fill tables; `%` stands for itself."""
    from django.db import connection

    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
