"""Removing files that no draft and no message has: they must not pile up, and nobody would miss them."""

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from messaging.attachments import storage
from messaging.models import Attachment, Draft, Side
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record

# A veteran's file without a draft: the page was closed before anything was kept.
ORPHAN_AFTER: Final = dt.timedelta(hours=24)
# The team's files wait longer: nobody told that the answer is given up.
ANSWER_AFTER: Final = dt.timedelta(days=14)
BATCH: Final = 200


@dataclass(frozen=True, slots=True)
class PurgeResult:
    """How many files went: with a row, and without one."""

    unsent: int
    stray: int


def purge(*, actor: Actor) -> PurgeResult:
    """Remove what was uploaded and never sent or kept, and what lies in the store without a row; on record."""
    unsent = 0
    while done := _purge_batch(actor):
        unsent += done
    return PurgeResult(unsent=unsent, stray=_purge_stray(actor))


@transaction.atomic
def _purge_batch(actor: Actor) -> int:
    now = clock.now()
    kept = Exists(Draft.objects.filter(id=OuterRef("draft_id")))
    rows = (
        Attachment.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(message__isnull=True)
        .filter(~kept)
        .filter(
            Q(side=Side.VETERAN, created_at__lt=now - ORPHAN_AFTER)
            | Q(side=Side.STAFF, created_at__lt=now - ANSWER_AFTER)
        )
        .order_by("created_at")
    )
    ids = [row.id for row in rows[:BATCH]]
    _remove(actor, ids, "never_sent")
    return len(ids)


@transaction.atomic
def purge_of_drafts(*, actor: Actor, draft_ids: Collection[uuid.UUID]) -> None:
    """Remove the files of drafts that are being purged, in the caller's transaction: nobody can have them back."""
    unsent = Attachment.objects.select_for_update(of=("self",)).filter(side=Side.VETERAN, message__isnull=True)
    _remove(actor, [row.id for row in unsent.filter(draft_id__in=draft_ids)], "draft_purged")


def _remove(actor: Actor, ids: Sequence[uuid.UUID], reason: str) -> None:
    """Remove rows, on record, and after the commit their bytes."""
    if not ids:
        return
    Attachment.objects.filter(id__in=ids).delete()
    record(
        actor=actor,
        deed=Deed.FILES_PURGED,
        object_kind="attachment",
        reason=reason,
        details={"count": len(ids), "ids": [str(file_id) for file_id in ids]},
    )
    transaction.on_commit(lambda: storage.remove_all(ids))


def _purge_stray(actor: Actor) -> int:
    """Remove stored files whose row never came or went: a process ended between the two."""
    removed, batch = 0, set[uuid.UUID]()
    for file_id in storage.older_than(clock.now() - ORPHAN_AFTER):
        batch.add(file_id)
        if len(batch) >= BATCH:
            removed, batch = removed + _remove_stray(actor, batch), set()
    return removed + _remove_stray(actor, batch)


@transaction.atomic
def _remove_stray(actor: Actor, ids: set[uuid.UUID]) -> int:
    stray = ids - set(Attachment.objects.filter(id__in=ids).exclude(secret_sealed=None).values_list("id", flat=True))
    if stray:
        record(
            actor=actor,
            deed=Deed.FILES_PURGED,
            object_kind="attachment",
            reason="no_row",
            details={"count": len(stray), "ids": sorted(str(file_id) for file_id in stray)},
        )
        storage.remove_all(stray)
    return len(stray)
