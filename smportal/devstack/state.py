"""The state directory of a local portal: its lock, its secrets and the environment of its processes."""

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from smportal.devstack import provision, secretfile
from smportal.devstack.postgres import Postgres
from smportal.devstack.supervisor import StackError
from smportal.devstack.valkey import Valkey

ROOT = Path(__file__).resolve().parent.parent.parent
DATABASE = "smportal"
OWNER, APP = "smportal_owner", "smportal_app"
SETTINGS = "smportal.settings.local"
KEYRINGS = ("FIELD_KEYS", "SSN_PEPPERS", "AUDIT_KEYS")


def directory() -> Path:
    """Return the state directory, ``DEMO_STATE`` or ``.demo`` in the project."""
    return (ROOT / (os.environ.get("DEMO_STATE") or ".demo")).resolve()


def environment_file(state: Path) -> Path:
    """Return the file that names the running portal's services; it is there only while they run."""
    return state / "environment.json"


def is_running(state: Path) -> bool:
    """Say whether a launcher holds the state directory."""
    if not (state / "lock").exists():
        return False
    with (state / "lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
        return False


@contextmanager
def held(state: Path) -> Iterator[None]:
    """Hold the state directory for this process; raises StackError when another has it."""
    state.mkdir(parents=True, exist_ok=True)
    state.chmod(0o700)
    with (state / "lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            msg = (
                f"{state} is in use by another bin/demo or bin/manage. End it, or set DEMO_STATE to another directory."
            )
            raise StackError(msg) from None
        try:
            yield
        finally:
            environment_file(state).unlink(missing_ok=True)


def running_environment(state: Path) -> dict[str, str] | None:
    """Return the environment of the portal that runs on this state, or None when none is up yet."""
    if not is_running(state) or not environment_file(state).exists():
        return None
    values: dict[str, str] = json.loads(environment_file(state).read_text())
    return values


def publish(state: Path, values: Mapping[str, str]) -> None:
    """Write the environment for ``bin/manage``, readable by this user only."""
    secretfile.write(environment_file(state), json.dumps(dict(values)))


def keys(state: Path) -> dict[str, str]:
    """Return the portal's generated keys, the same at every start on this state."""
    file = state / "keys.json"
    if not file.exists():
        rings = {name: f"demo1:{base64.b64encode(secrets.token_bytes(32)).decode()}" for name in KEYRINGS}
        secretfile.write(file, json.dumps({"SECRET_KEY": secrets.token_urlsafe(64), **rings}))
    values: dict[str, str] = json.loads(file.read_text())
    return values


def files_of(state: Path) -> Path:
    """Return the directory of messages' files, made if it is not there."""
    path = state / "attachments"
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def environment(
    state: Path, postgres: Postgres, valkey: Valkey, *, port: int, smtp_port: int, scanner_port: int, fhir_port: int
) -> dict[str, str]:
    """Return what the settings read, on top of this process's own environment."""

    def role_url(role: str) -> str:
        password = secretfile.read_or_create(state / f"{role}.secret")
        return f"postgres://{role}:{password}@127.0.0.1:{postgres.port}/{DATABASE}"

    return {
        **keys(state),
        "DJANGO_SETTINGS_MODULE": SETTINGS,
        "DATABASE_URL": role_url(APP),
        "DATABASE_OWNER_URL": role_url(OWNER),
        "REDIS_URL": valkey.url(),
        "SITE_URL": f"http://localhost:{port}",
        "EMAIL_URL": f"smtp://127.0.0.1:{smtp_port}",
        "PORT": str(port),
        "SCANNER_URL": f"devscan://127.0.0.1:{scanner_port}",
        "FHIR_URL": f"http://127.0.0.1:{fhir_port}/fhir",
        "FHIR_TOKEN": secretfile.read_or_create(state / "fhir.secret"),
        "ATTACHMENTS_DIR": str(files_of(state)),
    }


def prepare(postgres: Postgres, values: Mapping[str, str]) -> None:
    """Make roles and database; running it again changes nothing."""
    provision.prepare_database(postgres.dsn(), owner_url=values["DATABASE_OWNER_URL"], app_url=values["DATABASE_URL"])
