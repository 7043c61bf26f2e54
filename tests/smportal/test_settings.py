"""Wrong settings end the start with one line that names the variable, and never its value."""

import base64
import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from smportal.settings import env

ROOT = Path(__file__).resolve().parent.parent.parent


def key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


# Directories for files: one as it should be, and one that everybody can get into.
_PRIVATE, _PUBLIC = (ROOT / ".cache" / "tests" / name for name in ("private", "public"))
for directory, mode in ((_PRIVATE, 0o700), (_PUBLIC, 0o755)):
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(mode)


GOOD = {
    "SECRET_KEY": secrets.token_urlsafe(60),
    "DATABASE_URL": "postgresql://app:pw@db.example/portal?sslmode=verify-full",
    "REDIS_URL": "rediss://:pw@redis.example:6380/0",
    "SITE_URL": "https://portal.example",
    "EMAIL_URL": "smtps://user:pw@mail.example:465",
    "SCANNER_URL": "clamd://127.0.0.1:3310",
    "ATTACHMENTS_DIR": str(_PRIVATE),
    "FHIR_URL": "https://record.example/fhir",
    "FHIR_TOKEN": secrets.token_urlsafe(40),
    "FIELD_KEYS": f"k2:{key()},k1:{key()}",
    "SSN_PEPPERS": f"p1:{key()}",
    "AUDIT_KEYS": f"a1:{key()}",
}


def start(settings: str, **changes: str | None) -> subprocess.CompletedProcess[str]:
    """Import a settings module in a process of its own, with nothing in its environment but these."""
    wanted = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    return subprocess.run(
        [sys.executable, "-c", f"import smportal.settings.{settings}"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **wanted},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_good_settings_start_in_production() -> None:
    done = start("production")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


WRONG_IN_PRODUCTION: list[tuple[str, str | None, str]] = [
    *((name, None, "it is required and is not set") for name in GOOD),
    ("SECRET_KEY", "short", "random secret of at least 50"),
    ("SECRET_KEY", "django-insecure-" + "abcdefghijklmnopqrstuvwxyz0123456789ABCDEF", "random secret"),
    ("SITE_URL", "http://portal.example", "https only"),
    ("SITE_URL", "portal.example", "must be a URL"),
    ("SITE_URL", "https://portal.example/app", "only scheme, host and port"),
    ("SITE_URL", "https://*.example", "without a wildcard"),
    ("EXTRA_HOSTS", "*", "name each host"),
    ("EXTRA_HOSTS", ".example", "name each host"),
    ("EXTRA_HOSTS", "https://other.example", "without scheme"),
    ("DEBUG", "yes", "remove it"),
    ("DATABASE_URL", "postgresql://app:pw@db.example/portal", "sslmode=verify-full"),
    ("DATABASE_URL", "postgresql://app:pw@db.example/portal?sslmode=require", "sslmode=verify-full"),
    ("DATABASE_URL", "postgresql://app@db.example/portal?sslmode=verify-full", "password or a client certificate"),
    ("DATABASE_URL", "sqlite:///portal.db", "postgresql://"),
    ("REDIS_URL", "redis://:pw@redis.example/0", "rediss://"),
    ("REDIS_URL", "rediss://redis.example/0", "needs a password"),
    ("EMAIL_URL", "smtp://mail.example", "smtps://"),
    ("SCANNER_URL", "devscan://127.0.0.1:3310", "needs a malware scanner"),
    ("SCANNER_URL", "clamd://clamd.example:3310", "speaks no TLS"),
    ("FHIR_URL", "http://record.example/fhir", "https only"),
    ("FHIR_URL", "record.example/fhir", "must be a URL"),
    ("FHIR_URL", "https://record.example/fhir?key=1", "without a query"),
    ("FHIR_URL", "https://user:pw@record.example/fhir", "without a query"),
    ("FHIR_TOKEN", "short", "random secret"),
    ("FHIR_TOKEN", "Bearer 0123456789abcdefghijklmnop", "only the token"),
    ("FHIR_CA_FILE", "/nowhere/ca.pem", "a file that is there"),
    ("HEALTH_RECORD_ADAPTER", "fhir", "path of a class"),
    ("HEALTH_RECORD_ADAPTER", "messaging.nothing.Record", "no such module"),
    ("ATTACHMENTS_DIR", "attachments", "absolute path"),
    ("ATTACHMENTS_DIR", "/nowhere/at/all", "a directory that is there"),
    ("ATTACHMENTS_DIR", str(_PUBLIC), "take away the rights"),
    ("LOG_LEVEL", "LOUD", "one of DEBUG, INFO"),
    ("TRUSTED_PROXY_COUNT", "-1", "whole number from 0 to 5"),
    ("IDLE_SECONDS_VETERAN", "86400", "whole number from 60 to 1800"),
    ("AUDIT_KEYS", GOOD["FIELD_KEYS"], "each needs a random key of its own"),
]


@pytest.mark.parametrize(("name", "value", "problem"), WRONG_IN_PRODUCTION, ids=range(len(WRONG_IN_PRODUCTION)))
def test_a_wrong_setting_ends_the_start_with_one_line(name: str, value: str | None, problem: str) -> None:
    done = start("production", **{name: value})
    assert done.returncode == 1
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert line.startswith(f"smportal: cannot start: set {name}: ")
    assert problem in line
    if value is not None and name not in {"DEBUG", "LOG_LEVEL"}:
        assert value not in line


def test_the_demos_settings_serve_this_machine_only() -> None:
    [line] = start("local").stderr.splitlines()
    assert line.startswith("smportal: cannot start: set SITE_URL: ")
    assert start("local", SITE_URL="http://localhost:8000").returncode == 0


def test_the_line_is_all_that_a_command_shows() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "smportal.settings.production"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == "smportal: cannot start: set SECRET_KEY: it is required and is not set\n"


def fails(monkeypatch: pytest.MonkeyPatch, value: str, read: str, *arguments: object, **keywords: object) -> str:
    monkeypatch.setenv("THING", value)
    with pytest.raises(env.SettingsError) as raised:
        getattr(env, read)("THING", *arguments, **keywords)
    line = str(raised.value)
    assert line.startswith("smportal: cannot start: set THING: ")
    assert "\n" not in line
    return line


@pytest.mark.parametrize(
    "ring",
    [
        ",",
        "k1",
        "k1:",
        ":" + key(),
        "k1:not base64",
        "k1:" + base64.b64encode(b"too short").decode(),
        "k1:" + base64.b64encode(secrets.token_bytes(33)).decode(),
        "k1:" + base64.b64encode(b"\0" * 32).decode(),
        "k1:" + base64.b64encode(b"password" * 4).decode(),
        "k 1:" + key(),
        "k" * 33 + ":" + key(),
        f"k1:{key()},k1:{key()}",
        f"k1:{key()},k2:é",
    ],
    # By number: the keys are drawn anew in each of the workers, which must agree on the names.
    ids=range(13),
)
def test_a_key_ring_that_could_not_work_is_refused_without_showing_a_key(
    monkeypatch: pytest.MonkeyPatch, ring: str
) -> None:
    line = fails(monkeypatch, ring, "keyring")
    for entry in ring.split(","):
        encoded = entry.partition(":")[2]
        assert len(encoded) < 5 or encoded not in line


def test_the_first_key_is_the_active_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING", f"new:{key()}, old:{key()}")
    assert list(env.keyring("THING")) == ["new", "old"]


def test_one_key_for_two_ids_is_refused() -> None:
    raw = secrets.token_bytes(32)
    with pytest.raises(env.SettingsError, match="also A's one"):
        env.refuse_shared_keys(A={"one": raw, "two": raw})


@pytest.mark.parametrize("value", ["ten", "1.5", "-1", "٣", "11", "9" * 5_000, "1_0", "0x1"])
def test_a_number_is_plain_digits_within_bounds(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    fails(monkeypatch, value, "integer", 5, least=1, most=10)


@pytest.mark.parametrize("value", ["maybe", "2", "ja"])
def test_yes_and_no_are_the_only_answers(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    fails(monkeypatch, value, "boolean", default=False)


@pytest.mark.parametrize(
    "value",
    ["https://", "https://host:99999", "https://[::1", "ftp://host", "//host", "https://ho st", "https://h\nost"],
)
def test_a_url_has_a_scheme_and_a_host(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    fails(monkeypatch, value, "url", "https")


@pytest.mark.parametrize(
    "value",
    [
        "postgresql://u:p@h",
        "postgresql://u:p@h/",
        "postgresql://h/db",
        "postgresql:///db",
        "postgresql://u:p@h/db?options=-c%20role%3Downer",
        "mysql://u:p@h/db",
    ],
)
def test_a_database_needs_user_host_and_name(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    assert "p@h" not in fails(monkeypatch, value, "database")


def test_a_database_url_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THING", "postgresql://us%40er:p%2Fw@h:5433/da%20ta?sslmode=verify-full")
    found = env.database("THING")
    assert (found["USER"], found["PASSWORD"], found["HOST"], found["PORT"], found["NAME"], found["OPTIONS"]) == (
        "us@er",
        "p/w",
        "h",
        "5433",
        "da ta",
        {"sslmode": "verify-full"},
    )


@pytest.mark.parametrize("value", ["a\nb", "a\x00b".replace("\x00", "\x07"), "a\x1b[31m"])
def test_control_characters_are_in_no_setting(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    assert fails(monkeypatch, value, "text").endswith("it holds a control character or a line break")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", (25, False, False)),
        ("smtp+tls://mail.example", (587, False, True)),
        ("smtps://mail.example", (465, True, False)),
        ("smtps://mail.example:2465", (2465, True, False)),
    ],
)
def test_a_mail_servers_scheme_says_how_it_is_spoken_to(
    monkeypatch: pytest.MonkeyPatch, url: str, expected: tuple[int, bool, bool]
) -> None:
    monkeypatch.setenv("THING", url)
    server = env.mail_server("THING")
    assert (server.port, server.use_ssl, server.use_tls) == expected
