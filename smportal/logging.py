"""JSON log lines of named fields only: what is not on the list is not written.

Messages are fixed text; values go in `extra` under a field of the list. Nothing a person typed,
no path with a query, no SQL and no exception text (it may quote a value) reaches a line.
"""

import logging
import traceback
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
        "correlation_id",
    }
)
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
        log_data.pop("exc_info", None)
        log_data.pop("stack_info", None)


def _message(record: logging.LogRecord) -> str:
    # Arguments of other libraries' records may hold private values (a URL, SQL): only our own are filled in.
    if record.name.startswith(("smportal", "accounts", "eligibility", "messaging", "gunicorn.error", "celery.beat")):
        return _short(record.getMessage(), LONGEST_MESSAGE)
    return _short(str(record.msg), LONGEST_MESSAGE)


def _short(value: Any, longest: int = LONGEST_VALUE) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    printable = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(value)[: longest + 1])
    return printable if len(printable) <= longest else printable[: longest - 1] + "…"


def _where(exc_info: Any) -> str:
    """Return file:line of the innermost frames, without any value."""
    frames = traceback.extract_tb(exc_info[2])[-3:]
    return " < ".join(f"{frame.filename.rsplit('/', 2)[-1]}:{frame.lineno}" for frame in reversed(frames))


def logging_settings(level: str) -> dict[str, Any]:
    """Return Django's LOGGING: everything to standard error as JSON."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"correlation_id": {"()": "django_guid.log_filters.CorrelationId"}},
        "formatters": {"json": {"()": "smportal.logging.PortalFormatter", "timestamp": True}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["correlation_id"]}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "propagate": True},
            "django.server": {"handlers": [], "propagate": False},
            "django_guid": {"level": "WARNING"},
        },
    }
