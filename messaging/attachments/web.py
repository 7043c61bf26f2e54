"""What the pages that take files have in common: files of a posted form, with or without scripts."""

import uuid
from dataclasses import dataclass

from django.http import HttpRequest

from messaging.attachments import actions
from messaging.attachments.baskets import basket_of
from messaging.attachments.uploads import SealedUpload
from messaging.models import AttachmentState
from messaging.web import actor_of

FIELD, UPLOADS, REMOVE = "files", "upload", "remove_file"


@dataclass(frozen=True, slots=True)
class Received:
    """The files that go with this form if it is sent, and whether one that came with it was refused."""

    ids: tuple[uuid.UUID, ...] = ()
    any_refused: bool = False


def receive(request: HttpRequest, conversation_id: uuid.UUID | None = None) -> Received:
    """Add the files that came with a form to its draft, or take one out; the text is the caller's matter.

    Raises NotFound for a draft, conversation or file that is not the actor's. Runs once for each request.
    """
    draft_id = _uuid(request.POST.get("draft_id", ""))
    if draft_id is None:
        return Received()
    shown = {file_id for value in request.POST.getlist(FIELD) if (file_id := _uuid(value))}
    uploads = [upload for upload in request.FILES.getlist(UPLOADS) if isinstance(upload, SealedUpload)]
    gone = _uuid(request.POST.get(REMOVE, ""))
    if not uploads and gone is None:
        return Received(tuple(sorted(shown)))
    actor = actor_of(request)
    basket = basket_of(actor, draft_id, conversation_id)
    if gone is not None:
        actions.remove(actor=actor, basket=basket, file_id=gone)
        shown.discard(gone)
    rows = [actions.add(actor=actor, basket=basket, upload=upload) for upload in uploads]
    shown |= {row.id for row in rows if row.kind and row.state != AttachmentState.REFUSED}
    return Received(tuple(sorted(shown)), any_refused=any(row.state == AttachmentState.REFUSED for row in rows))


def _uuid(value: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(value)
    except ValueError:
        return None
