"""Asking for an archive, fetching it, and deleting it after a day."""

import datetime as dt
import uuid
from typing import Final

from django.db import IntegrityError, transaction

from messaging.models import Archive, ArchivePart, ArchiveState, Conversation
from messaging.permissions import check_veteran
from messaging.records.archive.queries import overview, own_ready
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import NotFound

KEPT: Final = dt.timedelta(days=1)


def request_archive(*, actor: Actor) -> Archive:
    """Ask for everything, and return the archive to be made; while one is being made, that one.

    An earlier one that is ready goes. Raises NotFound for anybody but a verified veteran.
    """
    record_id = check_veteran(actor)
    try:
        with transaction.atomic():
            return _requested(actor, record_id)
    except IntegrityError:
        # Asked for twice at once.
        return Archive.objects.get(record_id=record_id, state=ArchiveState.MAKING)


def _requested(actor: Actor, record_id: uuid.UUID) -> Archive:
    if actor.account_id is None:
        raise NotFound
    if standing := Archive.objects.filter(record_id=record_id, state=ArchiveState.MAKING).first():
        return standing
    for earlier in Archive.objects.select_for_update().filter(record_id=record_id, state=ArchiveState.READY):
        _delete(actor, earlier)
    now = clock.now()
    asked = overview(actor)
    archive = Archive.objects.create(
        record_id=record_id,
        account_id=actor.account_id,
        record_ids=list(asked.record_ids),
        total=asked.conversations,
        files_total=asked.files,
        next_attempt_at=now,
        requested_at=now,
    )
    _record(actor, Deed.ARCHIVE_REQUESTED, archive)
    return archive


@transaction.atomic
def take_archive(*, actor: Actor, archive_id: uuid.UUID) -> Archive:
    """Let the veteran have an own archive that is ready: they have read the notice. On record as exported.

    For a POST only. Raises NotFound.
    """
    archive = own_ready(actor, archive_id, lock=True)
    if archive.taken_at is None:
        archive.taken_at = clock.now()
        archive.save(update_fields=["taken_at"])
    _record(actor, Deed.EXPORTED, archive)
    return archive


@transaction.atomic
def fetch_archive(*, actor: Actor, archive_id: uuid.UUID, purpose: str) -> Archive:
    """Return an archive that was taken, for its bytes to follow; each time is on record. Raises NotFound."""
    archive = own_ready(actor, archive_id)
    if archive.taken_at is None:
        raise NotFound
    _record(actor, Deed.FILE_OPENED, archive, reason=purpose)
    return archive


def delete_expired(*, actor: Actor) -> int:
    """Delete every archive that is a day old; return how many. Each is a transaction of its own."""
    deleted = 0
    for archive_id in Archive.objects.filter(state=ArchiveState.READY, expires_at__lte=clock.now()).values_list("id"):
        with transaction.atomic():
            archive = (
                Archive.objects.select_for_update(skip_locked=True).filter(id=archive_id[0], state="ready").first()
            )
            if archive is not None:
                _delete(actor, archive)
                deleted += 1
    return deleted


def forget_conversation(*, actor: Actor, conversation: Conversation) -> None:
    """Let no archive hold a conversation as it was before a message of it was withdrawn; in the caller's transaction.

    One that is ready goes; one that is being made begins anew, as it was asked for.
    """
    standing = Archive.objects.select_for_update().filter(
        record_ids__contains=[conversation.record_id], state__in=(ArchiveState.MAKING, ArchiveState.READY)
    )
    for archive in standing.order_by("id"):
        was_making = archive.state == ArchiveState.MAKING
        _delete(actor, archive)
        if was_making:
            Archive.objects.create(
                record_id=archive.record_id,
                account_id=archive.account_id,
                record_ids=archive.record_ids,
                total=archive.total,
                files_total=archive.files_total,
                next_attempt_at=clock.now(),
                requested_at=archive.requested_at,
            )


def _delete(actor: Actor, archive: Archive) -> None:
    ArchivePart.objects.filter(archive=archive).delete()
    archive.state = ArchiveState.GONE
    archive.save(update_fields=["state"])
    _record(actor, Deed.ARCHIVE_DELETED, archive)


def _record(actor: Actor, deed: Deed, archive: Archive, *, reason: str = "") -> None:
    record(
        actor=actor,
        deed=deed,
        subject_id=archive.record_id,
        object_kind="archive",
        object_id=archive.id,
        reason="archive" if deed == Deed.EXPORTED else reason,
        details={"conversations": archive.total, "files": archive.files_total},
    )
