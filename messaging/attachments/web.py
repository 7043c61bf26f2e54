"""What the pages that take files have in common: the files of a posted form, without scripts."""

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
    draft_id = uuid_or_none(request.POST.get("draft_id", ""))
    if draft_id is None:
        return Received()
    shown = {file_id for value in request.POST.getlist(FIELD) if (file_id := uuid_or_none(value))}
    uploads = arrived(request)
    gone = uuid_or_none(request.POST.get(REMOVE, ""))
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


def arrived(request: HttpRequest) -> list[SealedUpload]:
    """Return the files that came with a request, sealed already; none from an address that takes none."""
    return [upload for upload in request.FILES.getlist(UPLOADS) if isinstance(upload, SealedUpload)]


def uuid_or_none(value: str) -> uuid.UUID | None:
    """Return what a form's hidden field says, None when it says no UUID."""
    try:
        return uuid.UUID(value)
    except ValueError:
        return None
