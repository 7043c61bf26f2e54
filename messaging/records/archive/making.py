"""Making archives in the background, piece by piece.

Each piece and the count go in by one transaction, so a worker that is killed loses the piece that it was
at, and any other goes on. One that kills two workers ends as failed; others are not held up.
"""

import datetime as dt
import logging
import time
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef

from messaging.models import Archive, ArchivePart, ArchiveState, Conversation, NotificationKind
from messaging.notifications.actions import notify
from messaging.records.archive import pieces
from messaging.records.archive.actions import KEPT
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record

logger = logging.getLogger(__name__)

# Longer than one run takes, however slow the machine; a killed worker's archive waits no longer.
LEASE: Final = dt.timedelta(minutes=2)
MOST_ATTEMPTS: Final = 2
# Well below the task's time limit: the next run goes on.
RUN_SECONDS: Final = 20.0
_AROUND: Final = ("conversation__team__facility", "conversation__record")


def make_archives(*, actor: Actor, seconds: float = RUN_SECONDS) -> int:
    """Go on with what was asked for, for some seconds; return how many conversations were added."""
    until, added = time.monotonic() + seconds, 0
    while time.monotonic() < until and (archive := _claim(actor)):
        while archive.state == ArchiveState.MAKING and time.monotonic() < until:
            added += _add_next(actor, archive)
        # Done for now: whoever comes next need not wait for the lease.
        Archive.objects.filter(id=archive.id, next_attempt_at=archive.next_attempt_at).update(
            next_attempt_at=clock.now(), attempts=0
        )
    return added


@transaction.atomic
def _claim(actor: Actor) -> Archive | None:
    """Return an archive that nobody is at, with a lease on it; give up those that ended two workers."""
    now = clock.now()
    due = Archive.objects.select_for_update(skip_locked=True).filter(
        state=ArchiveState.MAKING, next_attempt_at__lte=now
    )
    for archive in due.order_by("next_attempt_at", "id"):
        if archive.attempts >= MOST_ATTEMPTS:
            _end(actor, archive, ArchiveState.FAILED)
            continue
        archive.attempts += 1
        archive.next_attempt_at = now + LEASE
        archive.save(update_fields=["attempts", "next_attempt_at"])
        return archive
    return None


@transaction.atomic
def _add_next(actor: Actor, archive: Archive) -> int:
    """Do the next piece, or end when there is none left; return how many conversations it completed.

    A piece is one file looked through, or one conversation's documents: what a killed worker loses at most.
    """
    locked = Archive.objects.select_for_update().get(id=archive.id)
    if locked.next_attempt_at != archive.next_attempt_at or locked.state != ArchiveState.MAKING:
        # The lease ran out and another worker has it.
        archive.state = ArchiveState.GONE
        return 0
    part = archive.parts.filter(is_done=False).select_related(*_AROUND).first() or _begun(archive)
    if part is None:
        _end(actor, archive, ArchiveState.READY)
        return 0
    completed = pieces.advance(archive, part)
    archive.attempts = 0
    archive.done, archive.files_done = archive.done + completed, archive.files_done + (not completed)
    archive.save(update_fields=["done", "files_done", "attempts"])
    return int(completed)


def _begun(archive: Archive) -> ArchivePart | None:
    """Return the part of the next conversation, or None when all are there; it is not in the database yet."""
    conversation = _next(archive)
    return pieces.begin(archive, conversation) if conversation else None


def _next(archive: Archive) -> Conversation | None:
    added = ArchivePart.objects.filter(archive=archive, conversation=OuterRef("id"))
    return (
        pieces.readable(archive)
        .filter(~Exists(added), created_at__lte=archive.requested_at)
        .select_related("team__facility", "record")
        .order_by("created_at", "id")
        .first()
    )


def _end(actor: Actor, archive: Archive, state: ArchiveState) -> None:
    archive.state = state
    if state == ArchiveState.READY:
        archive.seal_text("index_sealed", pieces.index_of(archive).packed())
        archive.expires_at = clock.now() + KEPT
        notify(kind=NotificationKind.ARCHIVE_READY, recipient_ids=[archive.account_id], cause_id=archive.id)
    else:
        ArchivePart.objects.filter(archive=archive).delete()
        logger.error("an archive could not be made", extra={"event": "archive_failed", "object_id": str(archive.id)})
    archive.save(update_fields=["state", "expires_at", "index_sealed"])
    record(
        actor=actor,
        deed=Deed.ARCHIVE_MADE,
        subject_id=archive.record_id,
        object_kind="archive",
        object_id=archive.id,
        reason=state.value,
        details={"conversations": archive.done, "files": archive.files_done},
    )
