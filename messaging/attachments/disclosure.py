"""Opening a file: like a conversation, no audit row, no disclosure."""

import uuid

from django.db import transaction

from messaging.attachments.queries import file_of
from messaging.models import Attachment
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record


@transaction.atomic
def disclose_file(*, actor: Actor, file_id: uuid.UUID, purpose: str) -> Attachment:
    """Return a file for download, having recorded that the actor gets it. Raises as `file_of` does."""
    row = file_of(actor, file_id)
    record(
        actor=actor,
        deed=Deed.FILE_OPENED,
        subject_id=row.record_id,
        object_kind="attachment",
        object_id=row.id,
        reason=purpose,
        details={"message": str(row.message_id) if row.message_id else None},
    )
    return row
