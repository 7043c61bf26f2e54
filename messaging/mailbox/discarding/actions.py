"""Deleting a draft so that it can be undone, undoing it, and the purge after thirty days."""

import datetime as dt
import uuid

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from messaging.attachments import actions as files
from messaging.mailbox.drafts import own_draft
from messaging.models import Draft
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import Conflict, NotFound

KEPT = dt.timedelta(days=30)
PURGED_AT_ONCE = 500


@transaction.atomic
def delete_draft(*, actor: Actor, draft_id: uuid.UUID) -> Draft:
    """Put an own draft away for thirty days. Raises NotFound when there is none of the veteran's."""
    draft = _own(actor, draft_id, deleted=False)
    _record(actor, draft, Deed.DRAFT_DELETED)
    draft.deleted_at = clock.now()
    draft.save(update_fields=["deleted_at"])
    return draft


def restore_draft(*, actor: Actor, draft_id: uuid.UUID) -> Draft:
    """Give a deleted draft back. Raises NotFound, Conflict when its conversation has another reply begun."""
    try:
        with transaction.atomic():
            draft = _own(actor, draft_id, deleted=True)
            _record(actor, draft, Deed.DRAFT_RESTORED)
            draft.deleted_at = None
            draft.save(update_fields=["deleted_at"])
            return draft
    except IntegrityError:
        raise Conflict(
            _(
                "You have begun another reply in this conversation. Send or delete that one first, then restore this "
                "one. It stays here until then."
            ),
            code="other_reply",
        ) from None


def purge_deleted_drafts(*, actor: Actor) -> int:
    """Remove drafts that were deleted more than thirty days ago with their files, and return how many drafts."""
    purged = 0
    while batch := _purge_some(actor):
        purged += batch
    return purged


@transaction.atomic
def _purge_some(actor: Actor) -> int:
    due = Draft.objects.filter(deleted_at__lte=clock.now() - KEPT).order_by("deleted_at", "id")
    ids = list(due.select_for_update(skip_locked=True).values_list("id", flat=True)[:PURGED_AT_ONCE])
    Draft.objects.filter(id__in=ids).delete()
    files.purge_of_drafts(actor=actor, draft_ids=ids)
    return len(ids)


def _own(actor: Actor, draft_id: uuid.UUID, *, deleted: bool) -> Draft:
    draft = own_draft(actor, draft_id, lock=True)
    if draft is None or (draft.deleted_at is not None) != deleted:
        raise NotFound
    return draft


def _record(actor: Actor, draft: Draft, deed: Deed) -> None:
    record(actor=actor, deed=deed, subject_id=draft.record_id, object_kind="draft", object_id=draft.id)
