"""``bin/demo``: the whole portal on this machine, until Ctrl-C.

Standard library and the devstack only; Django runs in child processes.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from smportal.devstack import commands, frontend, services, state
from smportal.devstack.codes import code_now
from smportal.devstack.idp import environment as sandboxes
from smportal.devstack.postgres import Postgres, find_installation
from smportal.devstack.supervisor import StackError, Supervisor
from smportal.devstack.valkey import Valkey


class Ended(BaseException):
    """Somebody asked the demo to end."""


def _end(_signum: int, _frame: FrameType | None) -> None:
    # A second signal must not interrupt the orderly end that the first one began.
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)
    raise Ended


@contextmanager
def ending_on_signals() -> Iterator[None]:
    """Turn Ctrl-C, SIGTERM and a closed terminal into one orderly end."""
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, _end)
    try:
        yield
    except Ended:
        say("Ended.")


def say(text: str) -> None:
    """Tell the person at the terminal."""
    print(text, flush=True)


def reset(home: Path) -> None:
    """Forget everything that this demo made."""
    installation = find_installation(home)
    if installation.data_home is not None:
        shutil.rmtree(installation.data_home, ignore_errors=True)
    for entry in home.iterdir():
        if entry.name == "lock":
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def run(home: Path, *, with_world: bool) -> None:
    """Start everything, say where it is, and wait until somebody or something ends it."""
    began = time.monotonic()
    mine = services.Ports.claim()
    frontend.install(tests=False)
    frontend.build()
    with Supervisor(home / "logs") as supervisor:
        postgres, valkey = Postgres.at(home), Valkey.at(home)
        supervisor.start(postgres.service())
        supervisor.start(valkey.service())
        values = state.environment(
            home,
            postgres,
            valkey,
            port=mine.web,
            smtp_port=mine.smtp,
            scanner_port=mine.scanner,
            fhir_port=mine.fhir,
        )
        values |= sandboxes.variables(home, mine.idp)
        state.prepare(postgres, values)
        commands.migrate(home, values)
        state.publish(home, values)
        if with_world:
            commands.once(home / "seeded", "once", values, "seed_world")
        commands.collect_static(values)
        for service in services.table(home, mine, values):
            supervisor.start(service)
        announce(home, mine, time.monotonic() - began)
        watch(supervisor)


def announce(home: Path, mine: services.Ports, seconds: float) -> None:
    """Say where the portal is and how to get in."""
    say(f"""
  Secure Messaging Portal   http://localhost:{mine.web}/          (ready after {seconds:.0f} s)
  Mail that it sends        http://localhost:{mine.mail_page}/
  Health record stand-in    http://localhost:{mine.fhir}/
  Sign-in sandboxes         http://localhost:{mine.idp}/
  Who can sign in           bin/demo --people
  Their second step         bin/demo --code USERNAME   (a code works once, for half a minute)
  Commands                  bin/manage help
  Logs                      {home / "logs"}

  Ctrl-C ends everything.""")


def watch(supervisor: Supervisor) -> None:
    """Wait; raises StackError when one of the processes ends by itself."""
    while True:
        gone = supervisor.ended()
        if gone is not None:
            msg = f"{gone.service.name} ended by itself; see {gone.log}:\n{gone.last_words(8)}"
            raise StackError(msg)
        time.sleep(0.3)


CAST = (sys.executable, "-m", "smportal.devstack.world.cast")


def people() -> None:
    """Print the cast as JSON; it needs no portal, running or not."""
    os.execv(sys.executable, CAST)


def code_of(username: str) -> str:
    """Return what somebody's authenticator app shows now. Raises StackError for a name without an app."""
    done = subprocess.run(CAST, capture_output=True, text=True, check=True)
    seeds = {person["username"]: person["totp_secret"] for person in json.loads(done.stdout)}
    if not seeds.get(username):
        msg = f"nobody in the demo has an authenticator app under the user name {username}"
        raise StackError(msg)
    return code_now(seeds[username])


def main() -> None:
    """Read the command line; one line and exit 1 for anything that a person can put right."""
    parser = argparse.ArgumentParser(prog="bin/demo", description="Run the whole portal on this machine.")
    parser.add_argument("--reset", action="store_true", help="start over with a fresh world")
    parser.add_argument("--empty", action="store_true", help="do not fill in the world: no people, no messages")
    parser.add_argument("--people", action="store_true", help="print who can sign in, as JSON, and end")
    parser.add_argument("--code", metavar="USERNAME", help="print the code of somebody's authenticator app, and end")
    options = parser.parse_args()
    if options.people:
        people()
    home = state.directory()
    try:
        if options.code:
            say(code_of(options.code))
            return
        with ending_on_signals(), state.held(home):
            if options.reset:
                reset(home)
            run(home, with_world=not options.empty)
    except StackError as problem:
        sys.exit(f"bin/demo: {problem}")


if __name__ == "__main__":
    main()
