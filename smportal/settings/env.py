"""Typed settings from the environment. A wrong one ends the start with one line that says what to set."""

import base64
import binascii
import importlib.util
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import parse_qsl, unquote, urlsplit

KEY_BYTES = 32
LEAST_DIFFERENT_BYTES = 12
HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")
LIBPQ_OPTIONS = frozenset(
    {
        "application_name",
        "channel_binding",
        "connect_timeout",
        "sslcert",
        "sslcrl",
        "sslkey",
        "sslmode",
        "sslrootcert",
        "target_session_attrs",
    }
)


class SettingsError(SystemExit):
    """Ends the process with one line; no traceback, so that the line is what an operator sees."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"smportal: cannot start: set {name}: {problem}")


def fail(name: str, problem: str) -> NoReturn:
    raise SettingsError(name, problem)


def text(name: str, default: str | None = None) -> str:
    """Return the variable, or the default. Raises SettingsError when there is neither."""
    value = os.environ.get(name, "").strip()
    if not value.isprintable():
        fail(name, "it holds a control character or a line break")
    if value:
        return value
    if default is None:
        fail(name, "it is required and is not set")
    return default


def integer(name: str, default: int, *, least: int, most: int) -> int:
    """Return a whole number within bounds. Raises SettingsError otherwise."""
    raw = text(name, str(default))
    # Python refuses to read thousands of digits; so do we, before it does.
    if not raw.isascii() or not raw.isdigit() or len(raw) > 18 or not least <= int(raw) <= most:
        fail(name, f"it must be a whole number from {least} to {most}")
    return int(raw)


def boolean(name: str, *, default: bool) -> bool:
    """Return yes/no as a bool. Raises SettingsError for any other word."""
    raw = text(name, "yes" if default else "no").lower()
    if raw in {"yes", "true", "1", "on"}:
        return True
    if raw in {"no", "false", "0", "off"}:
        return False
    return fail(name, "it must be yes or no")


def choice(name: str, default: str, *allowed: str) -> str:
    """Return one of the allowed words. Raises SettingsError for any other."""
    value = text(name, default)
    if value not in allowed:
        fail(name, f"it must be one of {', '.join(allowed)}")
    return value


def names(name: str, default: str | None = None) -> list[str]:
    """Return a comma-separated list without empty entries."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def secret(name: str, *, least: int = 50) -> str:
    """Return a secret of at least `least` characters. Raises SettingsError for a short or sample one."""
    value = text(name)
    if len(value) < least or len(set(value)) < 10 or "insecure" in value or "change" in value:
        fail(name, f"it must be a random secret of at least {least} characters, not a sample value")
    return value


def keyring(name: str) -> dict[str, bytes]:
    """Return named 256-bit keys, the active one first, from `id:base64,id:base64`.

    Raises SettingsError for a missing ring, a repeated id, or a key of the wrong size;
    the message never holds key material.
    """
    ring: dict[str, bytes] = {}
    for entry in names(name):
        key_id, _, encoded = entry.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if not key_id.isidentifier() or len(key_id) > 32 or len(key) != KEY_BYTES:
            fail(name, "it must be a comma-separated list of id:base64, each key of 32 bytes")
        # 32 random bytes have about 30 different ones; a pattern or a word has few.
        if len(set(key)) < LEAST_DIFFERENT_BYTES:
            fail(name, f"the key {key_id} is not random")
        if key_id in ring:
            fail(name, f"key id {key_id} is there twice")
        ring[key_id] = key
    if not ring:
        fail(name, "it must hold at least one key as id:base64")
    return ring


def host_names(name: str) -> list[str]:
    """Return a list of host names or addresses, in full. Raises SettingsError for a wildcard or anything else."""
    hosts = names(name, "")
    if any(host.startswith(("*", ".")) for host in hosts):
        fail(name, "name each host; a wildcard lets a forged Host header through")
    if not all(HOST.fullmatch(host) for host in hosts):
        fail(name, "it must be a comma-separated list of host names, without scheme, port or path")
    return hosts


def refuse_shared_keys(**rings: dict[str, bytes]) -> None:
    """Raise SettingsError when one key serves two purposes, or is in one ring twice."""
    seen: dict[bytes, str] = {}
    for name, ring in rings.items():
        for key_id, key in ring.items():
            if key in seen:
                fail(name, f"the key {key_id} is also {seen[key]}; each needs a random key of its own")
            seen[key] = f"{name}'s {key_id}"


def url(name: str, *schemes: str, default: str | None = None) -> str:
    """Return a URL with one of the schemes and a host. Raises SettingsError otherwise."""
    value = text(name, default)
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError:
        fail(name, "it is not a valid URL")
    if " " in value or parts.scheme not in schemes or not parts.hostname:
        fail(name, f"it must be a URL that starts with {' or '.join(s + '://' for s in schemes)}")
    return value


def file(name: str) -> str:
    """Return the path of a file that is there, or nothing. Raises SettingsError for anything else."""
    value = text(name, "")
    if value and not (Path(value).is_absolute() and Path(value).is_file() and os.access(value, os.R_OK)):
        fail(name, "it must be the absolute path of a file that is there and can be read")
    return value


def token(name: str) -> str:
    """Return a bearer token. Raises SettingsError for what cannot be one."""
    value = secret(name, least=20)
    if not re.fullmatch(r"[A-Za-z0-9._~+/-]+=*", value):
        fail(name, "it must be only the token, as it stands after the word Bearer")
    return value


def class_path(name: str, default: str) -> str:
    """Return the dotted path of a class in a module that is there. Raises SettingsError otherwise."""
    value = text(name, default)
    module, _, _ = value.rpartition(".")
    if not module or not all(part.isidentifier() for part in value.split(".")):
        fail(name, "it must be the dotted path of a class")
    try:
        found = importlib.util.find_spec(module)
    except ModuleNotFoundError:
        found = None
    if found is None:
        fail(name, "there is no such module")
    return value


def directory(name: str) -> Path:
    """Return an absolute path of a directory that this process can write to and others cannot read.

    Raises SettingsError for anything else.
    """
    path = Path(text(name))
    if not path.is_absolute() or not path.is_dir():
        fail(name, "it must be the absolute path of a directory that is there")
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        fail(name, "this process cannot read and write in it")
    if path.stat().st_mode & 0o007:
        fail(name, "everybody on this machine can get into it; take away the rights of others (chmod o-rwx)")
    return path


def database(name: str) -> dict[str, Any]:
    """Return Django's database settings for a `postgresql://` URL; query parameters become libpq options."""
    parts = urlsplit(url(name, "postgresql", "postgres"))
    if not parts.path.strip("/") or not parts.username:
        fail(name, "it must name a user and end with the database's name")
    options = dict(parse_qsl(parts.query))
    if unknown := sorted(set(options) - LIBPQ_OPTIONS):
        fail(name, f"{unknown[0]} is not an option that it may have ({', '.join(sorted(LIBPQ_OPTIONS))})")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": parts.hostname,
        "PORT": str(parts.port or 5432),
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "OPTIONS": options,
        "CONN_MAX_AGE": 0,
    }


@dataclass(frozen=True)
class MailServer:
    """Where mail goes out; `smtps` speaks TLS from the start, `smtp+tls` upgrades."""

    host: str
    port: int
    user: str
    password: str
    use_ssl: bool
    use_tls: bool


def mail_server(name: str) -> MailServer:
    """Return the mail server of `smtp://`, `smtp+tls://` or `smtps://user:password@host:port`."""
    parts = urlsplit(url(name, "smtp", "smtp+tls", "smtps"))
    defaults = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
    return MailServer(
        host=parts.hostname or "",
        port=parts.port or defaults[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        use_ssl=parts.scheme == "smtps",
        use_tls=parts.scheme == "smtp+tls",
    )
