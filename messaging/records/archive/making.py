"""Making archives in the background, one conversation at a time.

Each conversation's documents and the count go in by one transaction, so a worker that is killed loses the
one that it was at, and any other goes on. One that kills two workers ends as failed; others are not held up.
"""

import datetime as dt
import logging
import time
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import translation

from accounts import language
from messaging.models import Archive, ArchivePart, ArchiveState, Conversation, NotificationKind
from messaging.notifications.actions import notify
from messaging.records.archive.actions import KEPT
from messaging.records.pdf import as_pdf
from messaging.records.plain import as_text
from messaging.records.transcript import transcript_of
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.crypto import envelope
from smportal.crypto.fields import context_of

logger = logging.getLogger(__name__)

# Longer than one run takes, however slow the machine; a killed worker's archive waits no longer.
LEASE: Final = dt.timedelta(minutes=2)
MOST_ATTEMPTS: Final = 2
# Well below the task's time limit: the next run goes on.
RUN_SECONDS: Final = 20.0


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
    """Add one conversation, or end when there is none left; return how many were added."""
    locked = Archive.objects.select_for_update().get(id=archive.id)
    if locked.next_attempt_at != archive.next_attempt_at or locked.state != ArchiveState.MAKING:
        # The lease ran out and another worker has it.
        archive.state = ArchiveState.GONE
        return 0
    conversation = _next(archive)
    if conversation is None:
        _end(actor, archive, ArchiveState.READY)
        return 0
    _part(archive, conversation).save(force_insert=True)
    archive.done, archive.attempts = archive.done + 1, 0
    archive.save(update_fields=["done", "attempts"])
    return 1


def _readable(archive: Archive) -> QuerySet[Conversation]:
    return Conversation.objects.filter(record_id__in=archive.record_ids)


def _next(archive: Archive) -> Conversation | None:
    added = ArchivePart.objects.filter(archive=archive, conversation=OuterRef("id"))
    return (
        _readable(archive)
        .filter(~Exists(added), created_at__lte=archive.requested_at)
        .select_related("team__facility", "record", "continues")
        .order_by("created_at", "id")
        .first()
    )


def _part(archive: Archive, conversation: Conversation) -> ArchivePart:
    part = ArchivePart(archive=archive, record_id=archive.record_id, conversation=conversation)
    account = archive.account
    with translation.override(language.of(account)):
        transcript = transcript_of(conversation, readable=_readable(archive), zone=account.time_zone)
        for column, content in (("text_sealed", as_text(transcript)), ("pdf_sealed", as_pdf(transcript))):
            context = context_of(ArchivePart, column)
            setattr(part, column, envelope.seal(part.sealing_owner(), context, part.id, content))
    return part


def _end(actor: Actor, archive: Archive, state: ArchiveState) -> None:
    archive.state = state
    if state == ArchiveState.READY:
        archive.expires_at = clock.now() + KEPT
        notify(kind=NotificationKind.ARCHIVE_READY, recipient_ids=[archive.account_id], cause_id=archive.id)
    else:
        ArchivePart.objects.filter(archive=archive).delete()
        logger.error("an archive could not be made", extra={"event": "archive_failed", "object_id": str(archive.id)})
    archive.save(update_fields=["state", "expires_at"])
    record(
        actor=actor,
        deed=Deed.ARCHIVE_MADE,
        subject_id=archive.record_id,
        object_kind="archive",
        object_id=archive.id,
        reason=state.value,
        details={"conversations": archive.done},
    )
