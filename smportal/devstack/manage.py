"""``bin/manage``: manage.py against DATABASE_URL, the running demo, or services started for one command."""

import os
import signal
import subprocess
import sys

from smportal.devstack import commands, ports, state
from smportal.devstack.postgres import Postgres
from smportal.devstack.supervisor import StackError, Supervisor
from smportal.devstack.valkey import Valkey


def main() -> None:
    """Run the command; its input, output and exit code pass through."""
    arguments = sys.argv[1:] or ["help"]
    if os.environ.get("DATABASE_URL"):
        replace({}, arguments)
    home = state.directory()
    running = state.running_environment(home)
    if running is not None:
        replace(running, arguments)
    try:
        code = run_alone(arguments)
    except StackError as problem:
        sys.exit(f"bin/manage: {problem}")
    sys.exit(code)


def replace(values: dict[str, str], arguments: list[str]) -> None:
    """Become manage.py: nothing stands between it and its input, output and signals."""
    command = [sys.executable, str(commands.ROOT / "manage.py"), *arguments]
    os.execve(sys.executable, command, {**os.environ, **values})


def run_alone(arguments: list[str]) -> int:
    """Start the database and the broker for this one command, and end them after it."""
    home = state.directory()
    # Ctrl-C goes to the command as well; it decides, and the services end after it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with state.held(home), Supervisor(home / "logs") as supervisor:
        postgres, valkey = Postgres.at(home), Valkey.at(home)
        supervisor.start(postgres.service())
        supervisor.start(valkey.service())
        port = int(os.environ.get("PORT") or 8000)
        values = state.environment(
            home,
            postgres,
            valkey,
            port=port,
            smtp_port=ports.free_port(),
            scanner_port=ports.free_port(),
            fhir_port=ports.free_port(),
        )
        state.prepare(postgres, values)
        commands.migrate(home, values)
        command = [sys.executable, str(commands.ROOT / "manage.py"), *arguments]
        done = subprocess.run(command, env={**os.environ, **values}, check=False, preexec_fn=_heed_interrupt)
        return done.returncode


def _heed_interrupt() -> None:
    # An ignored signal stays ignored over exec.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


if __name__ == "__main__":
    main()
