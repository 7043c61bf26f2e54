"""Sealing the trail: a chain of keyed digests over what is settled, away from every request.

A request only appends its row. Every ten seconds the sealer closes the rows that no running
transaction can add to any more (see protection.MARK_HORIZON). Keys are AUDIT_KEYS, the first one active.
"""

import datetime as dt
import hmac
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction

from smportal import clock
from smportal.audit.protection import LOCK

logger = logging.getLogger(__name__)

FORMAT = 1
BATCH = 1_000
MOST_BATCHES = 300
ID_BYTES = 8
MAC_BYTES = 16
ENTRY_BYTES = ID_BYTES + MAC_BYTES

# Format 1 of an event: every column as text, instants as whole microseconds since 1970, whatever the session's zone.
COLUMNS = """
id, trunc(extract(epoch FROM occurred_at) * 1000000)::text, trunc(extract(epoch FROM recorded_at) * 1000000)::text,
actor_kind, actor_account_id::text, actor_record_id::text, actor_staff_id::text, actor_name, deed, subject_id::text,
object_kind, object_id, reason, address::text, request_id, details::text
"""


class Row(NamedTuple):
    """An event's id and its bytes of format 1."""

    id: int
    canonical: bytes


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal as it is stored."""

    seq: int
    first_id: int
    last_id: int
    count: int
    entries: bytes
    format: int
    key_id: str
    previous_digest: bytes
    digest: bytes
    sealed_at: dt.datetime


def rows_after(event_id: int, *, up_to: int, most: int) -> list[Row]:
    """Return the next events in the order of their ids, at most `most`."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {COLUMNS} FROM audit_auditevent WHERE id > %s AND id <= %s ORDER BY id LIMIT %s",  # noqa: S608
            [event_id, up_to, most],
        )
        return [_row(values) for values in cursor.fetchall()]


def _row(values: tuple[object, ...]) -> Row:
    *texts, details = values
    # PostgreSQL's own order of keys is no promise over versions: ours is.
    known = json.dumps(json.loads(str(details)), sort_keys=True)
    return Row(int(str(values[0])), json.dumps([*texts, known], separators=(",", ":")).encode())


def entry(key: bytes, row: Row) -> bytes:
    """Return an event's entry in a seal: its id and keyed digest."""
    mac = hmac.digest(key, b"smportal-audit-event-1\n" + row.canonical, "sha256")
    return row.id.to_bytes(ID_BYTES, "big", signed=True) + mac[:MAC_BYTES]


def seal_digest(key: bytes, seal: Seal) -> bytes:
    """Return the digest over everything else of the seal; the one before is part of it."""
    head = [seal.format, seal.seq, seal.first_id, seal.last_id, seal.count, seal.key_id]
    text = json.dumps([*head, seal.sealed_at.astimezone(dt.UTC).isoformat(timespec="microseconds")])
    return hmac.digest(
        key, b"smportal-audit-seal-1\n" + text.encode() + b"\n" + seal.previous_digest + seal.entries, "sha256"
    )


def seals_after(seq: int, *, most: int = BATCH) -> Iterator[Seal]:
    """Yield the seals after one, in order, a bounded number in memory."""
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT seq, first_id, last_id, count, entries, format, key_id, previous_digest, digest, sealed_at"
                " FROM audit_auditseal WHERE seq > %s ORDER BY seq LIMIT %s",
                [seq, most],
            )
            found = [_seal(values) for values in cursor.fetchall()]
        yield from found
        if len(found) < most:
            return
        seq = found[-1].seq


def _seal(values: tuple[object, ...]) -> Seal:
    return Seal(*(bytes(value) if isinstance(value, memoryview) else value for value in values))  # type: ignore[arg-type]


def seal_settled() -> int:
    """Seal every settled event; return how many. Safe to run twice, at once, or to be killed.

    Raises django.db.DatabaseError; what was sealed before stays sealed.
    """
    sealed = _seal_to_horizon()
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_mark_horizon()")
    return sealed + _seal_to_horizon()


def _seal_to_horizon() -> int:
    total = 0
    for _ in range(MOST_BATCHES):
        sealed = _seal_batch()
        total += sealed
        if sealed < BATCH:
            break
    return total


@transaction.atomic
def _seal_batch() -> int:
    horizon = _settled_horizon()
    if horizon is None:
        return 0
    last = last_seal()
    after = last.last_id if last else 0
    rows = rows_after(after, up_to=horizon, most=BATCH)
    if not rows:
        return 0
    key_id, key = next(iter(settings.AUDIT_KEYS.items()))
    seal = Seal(
        seq=last.seq + 1 if last else 1,
        first_id=after + 1,
        last_id=rows[-1].id if len(rows) == BATCH else horizon,
        count=len(rows),
        entries=b"".join(entry(key, row) for row in rows),
        format=FORMAT,
        key_id=key_id,
        previous_digest=last.digest if last else b"",
        digest=b"",
        sealed_at=clock.now(),
    )
    _add(replace(seal, digest=seal_digest(key, seal)))
    return len(rows)


def _settled_horizon() -> int | None:
    """Return the id up to which no event can be added any more; None while that is not known, or not ours to do."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return None
        cursor.execute("SELECT audit_settled_horizon()")
        horizon: int | None = cursor.fetchone()[0]
    return horizon


def last_seal() -> Seal | None:
    """Return the newest seal."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(seq), 0) FROM audit_auditseal")
        newest = cursor.fetchone()[0]
    return next(seals_after(newest - 1, most=1), None)


def _add(seal: Seal) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT audit_add_seal(%s, %s, %s, %s, %s::smallint, %s, %s, %s, %s)",
            [
                seal.seq,
                seal.first_id,
                seal.last_id,
                seal.entries,
                seal.format,
                seal.key_id,
                seal.previous_digest,
                seal.digest,
                seal.sealed_at,
            ],
        )
    # This line, kept on another machine, is what shows later that the chain's end was cut off.
    logger.info("audit trail sealed", extra={"event": "audit_sealed", "seal": mark(seal), "count": seal.count})


def mark(seal: Seal) -> str:
    """Return a seal's number and digest as one word, to be kept outside of the database."""
    return f"{seal.seq}:{seal.digest.hex()}"
