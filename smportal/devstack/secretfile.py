"""Generated secrets of the local stack, kept in files that only their owner can read."""

import os
import secrets
from pathlib import Path


def read_or_create(path: Path) -> str:
    """Return the secret in the file, making it (mode 0600, 256 bits) at the first call."""
    if not path.exists():
        write(path, secrets.token_urlsafe(32))
    return path.read_text().strip()


def write(path: Path, text: str) -> None:
    """Write the file so that no other user can read it at any moment, in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    fresh.replace(path)
