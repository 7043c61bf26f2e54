"""JSON log lines of named fields only: what is not on the list is not written.

Messages are fixed text; values go in `extra` under a field of the list. Nothing a person typed,
no path with a query, no SQL and no exception text (it may quote a value) reaches a line.
Arguments are never filled into a message: of "Not Found: %s" stays "Not Found: %s".
"""

import json
import logging
import traceback
from collections.abc import Mapping
from typing import Any

from pythonjsonlogger.json import JsonFormatter

# A log allow-list once leaked message bodies elsewhere; every field here holds an id, a count or a word of ours.
ALLOWED_FIELDS = frozenset(
    {
        "event",
        "error",
        "where",
        "status",
        "method",
        "view",
        "duration_ms",
        "count",
        "task",
        "task_id",
        "notification",
        "kind",
        "attempt",
        "seal",
        "key_id",
        "actor",
        "object_id",
        "reason",
    }
)
# Whose messages without arguments are constants. Others build theirs from what a client sent, e.g.
# Django's "Invalid HTTP_HOST header: …" and gunicorn's "Invalid request from …".
OWN = ("smportal", "accounts", "eligibility", "messaging", "celery", "kombu")
NOT_OWN = ("celery.redirected",)
# Foreign messages whose arguments are numbers and names of ours, by their exact template.
FILLED = frozenset(
    {
        "Starting gunicorn %s",
        "Listening at: %s (%s)",
        "Using worker: %s",
        "Booting worker with pid: %s",
        "Worker exiting (pid: %s)",
        "Worker (pid:%s) was sent %s!",
        "Worker (pid:%s) was sent %s! Perhaps out of memory?",
        "Worker (pid:%s) exited with code %s.",
        "WORKER TIMEOUT (pid:%s)",
        "Handling signal: %s",
        "Shutting down: %s",
        "Scheduler: Sending due task %s (%s)",
    }
)
WITHHELD = "(text withheld)"
LONGEST_VALUE = 200
LONGEST_MESSAGE = 300


class PortalFormatter(JsonFormatter):
    """One JSON object a line: time in UTC, level, logger, message, request id and allowed fields."""

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        return {
            name: _short(value)
            for name, value in log_data.items()
            if name in ALLOWED_FIELDS or name in {"timestamp", "level", "logger", "message", "request_id"}
        }

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        super().add_fields(log_data, record, message_dict)
        log_data["level"] = record.levelname
        log_data["logger"] = record.name
        log_data["message"] = _message(record)
        log_data["request_id"] = getattr(record, "correlation_id", None)
        if record.exc_info and record.exc_info[0]:
            log_data["error"] = record.exc_info[0].__name__
            log_data["where"] = _where(record.exc_info)
        elif not _is_own(record):
            log_data["where"] = f"{record.filename}:{record.lineno}"
        if record.name == "celery.app.trace" and isinstance(record.args, Mapping):
            log_data["task"], log_data["task_id"] = record.args.get("name"), record.args.get("id")


class PortalHandler(logging.StreamHandler):  # type: ignore[type-arg]
    """Writes to standard error; a record that cannot be written never shows its arguments there."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the base class's name
        line = {"level": "ERROR", "logger": _short(record.name), "message": "a log record could not be written"}
        self.stream.write(json.dumps(line) + self.terminator)


def _is_own(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] in OWN and record.name not in NOT_OWN


def _message(record: logging.LogRecord) -> str:
    if not isinstance(record.msg, str):
        return WITHHELD
    if record.msg in FILLED:
        return _cut(record.getMessage(), LONGEST_MESSAGE)
    # With arguments the message is a template; without, only our own are known to be constants.
    return _cut(record.msg, LONGEST_MESSAGE) if record.args or _is_own(record) else WITHHELD


def _short(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    return _cut(str(value), LONGEST_VALUE)


def _cut(text: str, longest: int) -> str:
    printable = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[: longest + 1])
    return printable if len(printable) <= longest else printable[: longest - 1] + "…"


def _where(exc_info: Any) -> str:
    """Return file:line of the innermost frames, without any value."""
    frames = traceback.extract_tb(exc_info[2])[-3:]
    # With the folder: many of our files have the same name.
    return " < ".join(f"{'/'.join(frame.filename.rsplit('/', 2)[-2:])}:{frame.lineno}" for frame in reversed(frames))


def logging_settings(level: str) -> dict[str, Any]:
    """Return Django's LOGGING: everything to standard error as JSON."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"correlation_id": {"()": "django_guid.log_filters.CorrelationId"}},
        "formatters": {"json": {"()": "smportal.logging.PortalFormatter", "timestamp": True}},
        "handlers": {
            "stderr": {"class": "smportal.logging.PortalHandler", "formatter": "json", "filters": ["correlation_id"]}
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "propagate": True},
            "django.server": {"handlers": [], "propagate": False},
            "django_guid": {"level": "WARNING"},
        },
    }
