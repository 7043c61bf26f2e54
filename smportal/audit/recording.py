"""Appending events. The contract that every action uses; the storage is smportal.audit.models."""

import ipaddress
import json
import logging
import unicodedata
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import DatabaseError, connection

from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed

Detail = str | int | bool | None | Sequence[str] | Sequence[int]

logger = logging.getLogger(__name__)

LONGEST_DETAIL = 200
MOST_IN_LIST = 500


def record(
    *,
    actor: Actor,
    deed: Deed,
    subject_id: uuid.UUID | None = None,
    object_kind: str = "",
    object_id: uuid.UUID | str | int | None = None,
    reason: str = "",
    details: Mapping[str, Detail] | None = None,
) -> None:
    """Append one event in the current transaction, with one SQL statement.

    `subject_id` is the veteran record that the deed is about; `object_kind`/`object_id` the thing;
    `reason` a stable code or a reason that an administrator gave; `details` ids, codes and old/new
    values of fields that are not private. Texts are cut to their column and control characters
    replaced. Raises django.db.DatabaseError when the event cannot be written: then the deed does not
    happen either; and TypeError for a detail of another type, e.g. the bytes of a sealed field.
    """
    event = Event(deed, subject_id, object_kind, object_id, reason, details or {})
    record_many(actor=actor, events=[event])


@dataclass(frozen=True, slots=True)
class Event:
    """One event for `record_many`; the fields mean what `record`'s arguments mean."""

    deed: Deed
    subject_id: uuid.UUID | None = None
    object_kind: str = ""
    object_id: uuid.UUID | str | int | None = None
    reason: str = ""
    details: Mapping[str, Detail] = field(default_factory=dict)


def record_many(*, actor: Actor, events: Iterable[Event]) -> None:
    """Append several events of one actor with one SQL statement, in their order; none is fine.

    Raises what `record` raises, and then appends none.
    """
    who = _actor_columns(actor)
    rows = [who | _event_columns(event) for event in events]
    if not rows:
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT audit_append(%s::jsonb)", [json.dumps(rows)])
    except DatabaseError as error:
        logger.error(  # noqa: TRY400 - the traceback would quote the event's values
            "security alert: the audit trail cannot be written",
            extra={"event": "audit_failed", "error": type(error).__name__, "kind": rows[0]["deed"]},
        )
        raise


def _actor_columns(actor: Actor) -> dict[str, object]:
    return {
        "occurred_at": clock.now().isoformat(),
        "actor_kind": actor.kind.value,
        "actor_account_id": _id(actor.account_id),
        "actor_record_id": _id(actor.record_id),
        "actor_staff_id": _id(actor.staff_id),
        "actor_name": _clean(actor.name, 60),
        "address": _address(actor.address),
        "request_id": _clean(actor.request_id, 64),
    }


def _event_columns(event: Event) -> dict[str, object]:
    return {
        "deed": Deed(event.deed).value,
        "subject_id": _id(event.subject_id),
        "object_kind": _clean(event.object_kind, 40),
        "object_id": "" if event.object_id is None else _clean(str(event.object_id), 100),
        "reason": _clean(event.reason, 500),
        "details": {_clean(name, 60): _detail(value) for name, value in event.details.items()},
    }


def _id(value: uuid.UUID | None) -> str | None:
    return None if value is None else str(uuid.UUID(str(value)))


def _clean(text: str, longest: int) -> str:
    """Return printable text: PostgreSQL refuses NUL and lone surrogates, and a reader's terminal obeys escapes."""
    # Nearly every text: a feed of a million rows records a million events.
    if len(text) <= longest and text.isprintable():
        return text
    kept = "".join(
        char if not unicodedata.category(char).startswith("C") else "\N{REPLACEMENT CHARACTER}"
        for char in " ".join(text[: longest + 1].splitlines())
    )
    return kept if len(kept) <= longest else kept[: longest - 1] + "…"


def _detail(value: Detail) -> object:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return _clean(value, LONGEST_DETAIL)
    if isinstance(value, list | tuple) and len(value) <= MOST_IN_LIST:
        return [item if isinstance(item, int) else _clean(_text(item), LONGEST_DETAIL) for item in value]
    raise TypeError(f"an audit detail cannot be a {type(value).__name__}, or is too long")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"an audit detail cannot hold a {type(value).__name__}")
    return value


def _address(value: str | None) -> str | None:
    # An unreadable address must not make the event impossible.
    try:
        parsed = ipaddress.ip_address((value or "").partition("%")[0])
    except ValueError:
        return None
    return str(parsed)
