"""Runs ``manage.py`` for the launcher, as the right database role, only when something changed."""

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

from smportal.devstack.supervisor import StackError

ROOT = Path(__file__).resolve().parent.parent.parent
APPLICATIONS = ("smportal", "accounts", "eligibility", "messaging")


def manage(values: Mapping[str, str], *arguments: str) -> None:
    """Run manage.py with its output on ours; raises StackError when it fails."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        env={**os.environ, **values},
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode != 0:
        msg = f"manage.py {arguments[0]} failed (exit {done.returncode})."
        raise StackError(msg)


def migrate(state: Path, values: Mapping[str, str]) -> None:
    """Bring the schema up to date as the owner, unless no migration changed since the last time."""
    sources = [path for app in APPLICATIONS for path in sorted((ROOT / app).rglob("migrations/*.py"))]
    once(
        state / "migrated", _digest([*sources, ROOT / "requirements" / "base.txt"]), values, "migrate", "--verbosity=0"
    )


def collect_static(values: Mapping[str, str]) -> None:
    """Hash and compress the static files, unless none changed since the last time."""
    folders = (
        ROOT / "build" / "static",
        ROOT / "smportal" / "assets",
        *(ROOT / app / "static" for app in APPLICATIONS),
    )
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    stamp = ROOT / "build" / ".portal-collected"
    mark = _digest([*files, ROOT / "requirements" / "base.txt"])
    if not (ROOT / "build" / "collected").exists():
        stamp.unlink(missing_ok=True)
    once(stamp, mark, values, "collectstatic", "--noinput", "--clear", "--verbosity=0")


def once(stamp: Path, mark: str, values: Mapping[str, str], *arguments: str) -> None:
    """Run a command of manage.py unless the stamp says that it ran with the same mark."""
    if stamp.exists() and stamp.read_text() == mark:
        return
    manage(values, *arguments)
    stamp.write_text(mark)


def _digest(paths: Iterable[Path]) -> str:
    digest = sha256()
    for path in paths:
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
