"""The portal's own processes: the table from which the launcher starts them, top to bottom."""

import os
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from smportal.devstack import ports
from smportal.devstack.supervisor import Service
from smportal.devstack.world.personas import NOT_IN_RECORD

WEB_WORKERS, WEB_THREADS = 2, 4


@dataclass(frozen=True, kw_only=True)
class Ports:
    """What the demo listens on; those with a variable are for people, the others are any free one."""

    web: int
    mail_page: int
    idp: int
    fhir: int
    smtp: int
    scanner: int

    @classmethod
    def claim(cls) -> "Ports":
        """Take PORT (8000), MAIL_PORT (8025), IDP_PORT (8040), FHIR_PORT (8050).

        A port that somebody set is taken or refused: StackError names it. Of the stand-ins, one that nobody set gives way
        when it is taken, so that a second demo needs PORT and DEMO_STATE only.
        """
        return cls(
            web=ports.claim("PORT", int(os.environ.get("PORT") or 8000)),
            mail_page=_beside("MAIL_PORT", 8025),
            idp=_beside("IDP_PORT", 8040),
            fhir=_beside("FHIR_PORT", 8050),
            smtp=ports.free_port(),
            scanner=ports.free_port(),
        )


def _beside(variable: str, usual: int) -> int:
    asked = os.environ.get(variable)
    return ports.claim(variable, int(asked)) if asked else ports.preferred(usual)


def web_command(port: int | str, host: str = ports.LOOPBACK) -> list[str]:
    """Return the web server's command line; threads keep database connections busy on two cores."""
    return [
        *(sys.executable, "-m", "gunicorn", "smportal.wsgi:application"),
        *("--bind", f"{host}:{port}", "--worker-class", "gthread"),
        *("--workers", str(WEB_WORKERS), "--threads", str(WEB_THREADS)),
        *("--graceful-timeout", "5", "--no-control-socket", "--access-logfile", "/dev/null"),
        *("--logger-class", "smportal.gunicorn_log.PortalLogger"),
    ]


def idp_command(port: int) -> list[str]:
    """Return the command line of the sandbox sign-in services; one process holds their keys."""
    return [
        *(sys.executable, "-m", "gunicorn", "smportal.devstack.idp.wsgi:application"),
        *("--bind", f"{ports.LOOPBACK}:{port}", "--worker-class", "gthread", "--workers", "1", "--threads", "4"),
        *("--graceful-timeout", "5", "--no-control-socket", "--access-logfile", "/dev/null"),
    ]


def idp_environment(values: Mapping[str, str]) -> dict[str, str]:
    """Return the sandboxes' environment: their own settings, the portal's clients and Redis, no database."""
    kept = {name: value for name, value in values.items() if name.startswith(("OIDC_", "IDP_", "REDIS_", "SITE_"))}
    return {**os.environ, **kept, "DJANGO_SETTINGS_MODULE": "smportal.devstack.idp.settings"}


def worker_command() -> list[str]:
    """Return the background worker's command line."""
    return [
        *(sys.executable, "-m", "celery", "-A", "smportal.celery", "worker"),
        *("--loglevel", "INFO", "--concurrency", "1", "--without-gossip", "--without-mingle"),
    ]


def beat_command(state: Path) -> list[str]:
    """Return the scheduler's command line; its schedule file lies in the state directory."""
    return [
        *(sys.executable, "-m", "celery", "-A", "smportal.celery", "beat"),
        *("--loglevel", "INFO", "--pidfile", "", "--schedule", str(state / "beat-schedule")),
    ]


def mail_command(mine: Ports, site_url: str) -> list[str]:
    """Return the mail sink's command line."""
    return [
        *(sys.executable, "-m", "smportal.devstack.mailsink", "--site-url", site_url),
        *("--smtp-port", str(mine.smtp), "--web-port", str(mine.mail_page)),
    ]


def scanner_command(port: int) -> list[str]:
    """Return the command line of what stands in for a malware scanner."""
    return [sys.executable, "-m", "smportal.devstack.devscan", "--port", str(port)]


def fhir_command(port: int, home: Path) -> list[str]:
    """Return the command line of what stands in for a health record; one veteran of the world is not in it."""
    return [
        *(sys.executable, "-m", "smportal.devstack.fhir", "--port", str(port)),
        *("--store", str(home / "health-record.jsonl"), "--stranger", NOT_IN_RECORD),
    ]


def table(state: Path, mine: Ports, values: Mapping[str, str]) -> list[Service]:
    """Return the processes in the order of their start. Add one here and it is supervised."""
    everything = {**os.environ, **values}
    return [
        Service(
            name="mail",
            command=mail_command(mine, values["SITE_URL"]),
            environment=everything,
            ready=lambda: ports.answers(mine.smtp) and ports.answers(mine.mail_page),
        ),
        Service(
            name="scanner",
            command=scanner_command(mine.scanner),
            environment={**os.environ},
            ready=lambda: ports.answers(mine.scanner),
        ),
        Service(
            name="fhir",
            command=fhir_command(mine.fhir, state),
            environment={**os.environ, "FHIR_TOKEN": values["FHIR_TOKEN"]},
            ready=lambda: responds(f"http://localhost:{mine.fhir}/"),
        ),
        Service(
            name="idp",
            command=idp_command(mine.idp),
            environment=idp_environment(values),
            ready=lambda: responds(f"http://localhost:{mine.idp}/"),
        ),
        Service(
            name="web",
            command=web_command(mine.web),
            environment=everything,
            ready=lambda: responds(f"http://localhost:{mine.web}/readyz"),
        ),
        Service(name="worker", command=worker_command(), environment=everything),
        Service(name="beat", command=beat_command(state), environment=everything),
    ]


def responds(url: str) -> bool:
    """Say whether a page answers with success."""
    try:
        with urllib.request.urlopen(url, timeout=3) as answer:  # noqa: S310 - always our own http address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
