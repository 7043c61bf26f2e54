"""Reading the whole trail again and telling whether somebody changed it."""

import datetime as dt
import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction

from smportal.audit import protection, sealing
from smportal.audit.models import AuditEvent, SealingState
from smportal.audit.sealing import ENTRY_BYTES, ID_BYTES, Row, Seal

# One below the lowest id, so that "after it" leaves nothing out.
LOWEST, HIGHEST = -(2**63) - 1, 2**63 - 1


class BrokenTrailError(Exception):
    """The trail does not hold; the text names the first broken event or seal."""


@dataclass(frozen=True)
class Report:
    """A trail that holds."""

    events: int
    seals: int
    unsealed: int
    oldest_unsealed: dt.datetime | None
    last_seal: str


def verify(*, kept: str = "", progress: Callable[[int], object] = lambda _: None) -> Report:
    """Check every seal and every sealed event against the keys; memory stays bounded.

    `kept` is a mark ("seq:digest") that was kept outside of the database: the trail must still hold
    that seal. Raises BrokenTrailError, naming the first broken event or seal.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            # One snapshot: the sealer may go on meanwhile.
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        if missing := protection.gaps(connection):
            raise BrokenTrailError(f"the database does not protect the trail: {'; '.join(missing)}")
        return _walk(kept, progress)


def _walk(kept: str, progress: Callable[[int], object]) -> Report:
    rows = _Rows()
    last: Seal | None = None
    count = 0
    was_kept = not kept
    for seal in sealing.seals_after(LOWEST):
        key = _checked_key(seal, last)
        _check_events(key, seal, rows)
        was_kept = was_kept or sealing.mark(seal) == kept
        count += seal.count
        progress(seal.count)
        last = seal
    _check_end(last)
    if not was_kept:
        raise BrokenTrailError(f"the trail does not hold the seal that was kept ({kept.partition(':')[0]})")
    unsealed = AuditEvent.objects.filter(id__gt=last.last_id if last else LOWEST).order_by()
    return Report(
        events=count,
        seals=last.seq if last else 0,
        unsealed=unsealed.count(),
        oldest_unsealed=unsealed.order_by("recorded_at").values_list("recorded_at", flat=True).first(),
        last_seal=sealing.mark(last) if last else "",
    )


def _checked_key(seal: Seal, last: Seal | None) -> bytes:
    """Return the seal's key once the seal itself holds: its place in the chain and its digest."""
    if seal.seq != (last.seq + 1 if last else 1):
        raise BrokenTrailError(f"seal {last.seq + 1 if last else 1} is missing")
    key = settings.AUDIT_KEYS.get(seal.key_id)
    if key is None:
        raise BrokenTrailError(f"seal {seal.seq} needs the key {seal.key_id}, which is not in AUDIT_KEYS")
    if seal.format != sealing.FORMAT or len(seal.entries) != seal.count * ENTRY_BYTES:
        raise BrokenTrailError(f"seal {seal.seq} was changed")
    if not hmac.compare_digest(sealing.seal_digest(key, seal), seal.digest):
        raise BrokenTrailError(f"seal {seal.seq} was changed or forged")
    if seal.previous_digest != (last.digest if last else b"") or seal.first_id != (last.last_id + 1 if last else 1):
        raise BrokenTrailError(f"seal {seal.seq} does not follow the one before")
    return bytes(key)


class _Rows:
    """All events in order, a batch in memory."""

    def __init__(self) -> None:
        self._rows = self._all()
        self._next = next(self._rows, None)

    @staticmethod
    def _all() -> Iterator[Row]:
        after = LOWEST
        while batch := sealing.rows_after(after, up_to=HIGHEST, most=sealing.BATCH):
            yield from batch
            after = batch[-1].id

    def up_to(self, event_id: int) -> Iterator[Row]:
        while self._next is not None and self._next.id <= event_id:
            row, self._next = self._next, next(self._rows, None)
            yield row


def _check_events(key: bytes, seal: Seal, rows: _Rows) -> None:
    found = rows.up_to(seal.last_id)
    for start in range(0, len(seal.entries), ENTRY_BYTES):
        sealed = seal.entries[start : start + ENTRY_BYTES]
        sealed_id = int.from_bytes(sealed[:ID_BYTES], "big", signed=True)
        row = next(found, None)
        if row is None or row.id > sealed_id:
            raise BrokenTrailError(f"event {sealed_id} (seal {seal.seq}) was deleted")
        if row.id < sealed_id:
            raise BrokenTrailError(f"event {row.id} (seal {seal.seq}) was inserted later")
        if not hmac.compare_digest(sealing.entry(key, row), sealed):
            raise BrokenTrailError(f"event {row.id} (seal {seal.seq}) was changed")
    if (extra := next(found, None)) is not None:
        raise BrokenTrailError(f"event {extra.id} (seal {seal.seq}) was inserted later")


def _check_end(last: Seal | None) -> None:
    state = SealingState.objects.first()
    if state is None or state.last_seq != (last.seq if last else 0):
        raise BrokenTrailError(f"seals after {last.seq if last else 0} are missing")
