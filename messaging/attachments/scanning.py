"""The scan in the background: a file is claimed, decrypted piece by piece to the scanner, and gets its state.

The table is the queue. A worker that dies leaves a claim that runs out; another one asks again.
"""

import datetime as dt
import logging
import time
import uuid
from dataclasses import dataclass
from typing import Final

from django.db import transaction

from messaging.attachments import storage, thumbnails
from messaging.attachments.kinds import KINDS, Family
from messaging.attachments.refusals import Refusal
from messaging.attachments.scanner import Scanner, Unclear, Verdict, scanner
from messaging.attachments.sealing import reader
from messaging.models import Attachment, AttachmentState, NotificationKind, Side
from messaging.notifications.actions import notify
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.crypto.errors import CryptoError

LEASE: Final = dt.timedelta(seconds=90)
RUN_SECONDS: Final = 20
_FIRST_PAUSE: Final = dt.timedelta(seconds=5)
_LONGEST_PAUSE: Final = dt.timedelta(minutes=10)
_AWAY_PAUSE: Final = dt.timedelta(seconds=30)
# From here on an operator should look, and the sender is told.
ALARM_AFTER: Final = 5
WAITING: Final = (AttachmentState.CHECKING, AttachmentState.HELD)

_log = logging.getLogger(__name__)


@dataclass
class ScanResult:
    """How many files met which end in one run."""

    ready: int = 0
    refused: int = 0
    held: int = 0


def scan(*, actor: Actor, limit: int = 100) -> ScanResult:
    """Have the scanner judge what waits, up to `limit` files or about 20 seconds. May run several times at once."""
    result, ends, asked = ScanResult(), time.monotonic() + RUN_SECONDS, scanner()
    while limit > 0 and time.monotonic() < ends and (row := _claim()):
        limit -= 1
        try:
            verdict = _ask(asked, row)
        except Unclear as unclear:
            _hold(row, str(unclear))
            result.held += 1
            if str(unclear) == "away":
                _put_off()
                break
        else:
            _settle(actor, row, verdict)
            clean = verdict is Verdict.CLEAN
            result.ready, result.refused = result.ready + clean, result.refused + (not clean)
    return result


def _ask(asked: Scanner, row: Attachment) -> Verdict:
    try:
        return asked.scan(reader(row).pieces())
    except CryptoError:
        # The store or a key failed, not the file: an alarm was raised, and it stays held.
        raise Unclear("unreadable") from None


@transaction.atomic
def _claim() -> Attachment | None:
    now = clock.now()
    row = (
        Attachment.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state__in=WAITING, next_scan_at__lte=now)
        .order_by("next_scan_at")
        .first()
    )
    if row is not None:
        # Counted before the attempt, so that a file that kills its worker is asked about ever more rarely.
        row.scan_attempts += 1
        row.next_scan_at = now + max(LEASE, pause(row.scan_attempts))
        row.save(update_fields=["scan_attempts", "next_scan_at"])
    return row


def pause(attempts: int) -> dt.timedelta:
    """Return how long to wait after so many attempts: doubling from 5 seconds to 10 minutes."""
    doublings: int = 2 ** min(attempts - 1, 16)
    return min(_FIRST_PAUSE * doublings, _LONGEST_PAUSE)


@transaction.atomic
def _hold(row: Attachment, code: str) -> None:
    now = clock.now()
    Attachment.objects.filter(id=row.id, state__in=WAITING, next_scan_at=row.next_scan_at).update(
        state=AttachmentState.HELD, next_scan_at=now + pause(row.scan_attempts)
    )
    level = logging.ERROR if row.scan_attempts >= ALARM_AFTER else logging.WARNING
    _log.log(
        level,
        "a file could not be scanned and is held",
        extra={"event": "file_held", "object_id": str(row.id), "attempt": row.scan_attempts, "reason": code},
    )
    if row.scan_attempts >= ALARM_AFTER:
        _tell(Attachment.objects.get(id=row.id), row.id)


def _put_off() -> None:
    """The scanner is away: everything else waits too, so that nobody's work waits behind a silent scanner."""
    now = clock.now()
    due = Attachment.objects.filter(state__in=WAITING, next_scan_at__lte=now)
    due.update(state=AttachmentState.HELD, next_scan_at=now + _AWAY_PAUSE)


@transaction.atomic
def _settle(actor: Actor, claimed: Attachment, verdict: Verdict) -> None:
    row = Attachment.objects.select_for_update(of=("self",)).filter(id=claimed.id).first()
    # Removed by its owner, or settled by another worker, while the scanner looked at it.
    if row is None or row.state not in WAITING:
        return
    row.scanned_at = clock.now()
    if verdict is Verdict.CLEAN:
        row.state = AttachmentState.READY
        row.save(update_fields=["state", "scanned_at"])
        if KINDS[row.kind].family is Family.PICTURE:
            transaction.on_commit(lambda: thumbnails.make(row.id))
    else:
        refuse(row)
    record(
        actor=actor,
        deed=Deed.FILE_SCANNED,
        subject_id=row.record_id,
        object_kind="attachment",
        object_id=row.id,
        reason=verdict.value,
    )


def refuse(row: Attachment) -> None:
    """Make a locked file one that nobody ever gets: its key goes with the row's change, its bytes after the commit."""
    row.state, row.refusal, row.secret_sealed, row.thumbnail_size = AttachmentState.REFUSED, Refusal.INFECTED, None, 0
    row.save(update_fields=["state", "refusal", "secret_sealed", "thumbnail_size", "scanned_at"])
    transaction.on_commit(lambda: storage.remove(row.id))
    _tell(row, uuid.uuid5(row.id, "refused"))


def _tell(row: Attachment, cause_id: uuid.UUID) -> None:
    """Owe the sender of a sent file an email that says nothing of it; of an unsent one the page tells."""
    if row.message_id is None:
        return
    notify(
        kind=NotificationKind.FILE_VETERAN if row.side == Side.VETERAN else NotificationKind.FILE_STAFF,
        recipient_ids=[row.uploaded_by_id],
        cause_id=cause_id,
        conversation_id=row.conversation_id,
    )
