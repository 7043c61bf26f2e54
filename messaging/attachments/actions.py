"""What happens to files: added to a draft, removed, bound to the message. Each action is one transaction."""

import uuid
from collections.abc import Collection, Sequence
from typing import NamedTuple

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from messaging.attachments import inspection, storage
from messaging.attachments.baskets import Basket
from messaging.attachments.limits import BYTES_MOST, FILES_MOST, UNSENT_BYTES_MOST, UNSENT_FILES_MOST
from messaging.attachments.names import clean_name
from messaging.attachments.purging import PurgeResult, purge, purge_of_drafts
from messaging.attachments.refusals import FileRefused, Refusal
from messaging.attachments.scanning import ScanResult, scan
from messaging.attachments.sealing import seal_secret, secret_of
from messaging.attachments.uploads import SealedUpload
from messaging.models import Attachment, AttachmentState, Message, Side
from smportal import clock
from smportal.actor import Actor, ActorKind
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import InvalidInput, NotFound

__all__ = ["PurgeResult", "ScanResult", "add", "bind", "claim", "discard", "purge", "purge_of_drafts", "remove", "scan"]

CHANGED = _("The files of this message were changed in another tab or on another device. Look at the list, then send.")


class _Judged(NamedTuple):
    """What the checks found: a name that fits, and a kind or a refusal."""

    name: str
    kind: str = ""
    refusal: Refusal | None = None


def add(*, actor: Actor, basket: Basket, upload: SealedUpload, key: uuid.UUID | None = None) -> Attachment:
    """Put an uploaded file into an unsent text, and return its row; a file that may not be sent is refused there.

    The same file under the same name, added again because an answer was lost, is the one that is there; so it
    is when the text was sent meanwhile, and so is an upload tried again under the same `key`, whatever it holds
    now. Only the row tells of a refusal: nothing is raised for it.
    """
    return _added(actor, basket, upload, _judged(upload), key)


def _judged(upload: SealedUpload) -> _Judged:
    name = clean_name(upload.name or "")
    if upload.refusal:
        return _Judged(name, refusal=upload.refusal)
    try:
        verdict = inspection.inspect(upload.reader, name, upload.size or 0)
    except FileRefused as refused:
        return _Judged(name, refusal=refused.refusal)
    return _Judged(verdict.name, verdict.kind.name)


@transaction.atomic
def _added(actor: Actor, basket: Basket, upload: SealedUpload, judged: _Judged, key: uuid.UUID | None) -> Attachment:
    _lock(basket)
    there = list(basket.rows()) or _sent_files(actor, basket)
    if key and (tried := _tried_before(basket, there, key)):
        return tried
    name, kind, refusal = judged
    if refusal is None:
        if earlier := _same(there, name, upload.secret.digest):
            return earlier
        refusal = _no_room(basket, there, upload.size or 0)
    else:
        _forget_refused(there)
    row = Attachment(
        id=upload.file_id,
        record_id=basket.record_id,
        side=basket.side,
        uploaded_by_id=basket.account_id,
        draft_id=basket.draft_id,
        conversation_id=basket.conversation_id,
        upload_key=key,
        kind=kind,
        size=upload.size or 0,
        state=AttachmentState.REFUSED if refusal else AttachmentState.CHECKING,
        refusal=refusal or "",
        created_at=clock.now(),
        next_scan_at=clock.now(),
    )
    row.seal_text("name_sealed", name)
    if refusal is None:
        seal_secret(row, upload.secret)
    row.save(force_insert=True)
    _record(actor, Deed.FILE_ADDED, row, reason=row.refusal)
    if refusal is None:
        upload.kept = True
    return row


def _lock(basket: Basket) -> None:
    """Let one request at a time change these files, until its transaction ends; there may be no row to lock yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [basket.key.int >> 65])


def _sent_files(actor: Actor, basket: Basket) -> Sequence[Attachment]:
    """Return the files of what this draft became, if it was sent: a form posted again brings its files again."""
    return list(Attachment.objects.filter(message__draft_id=basket.draft_id, uploaded_by_id=actor.account_id))


def _tried_before(basket: Basket, rows: Sequence[Attachment], key: uuid.UUID) -> Attachment | None:
    wanted = (key, basket.account_id)
    return next((row for row in rows if (row.upload_key, row.uploaded_by_id) == wanted), None)


def _same(rows: Sequence[Attachment], name: str, digest: bytes) -> Attachment | None:
    for row in rows:
        if row.secret_sealed is not None and secret_of(row).digest == digest and row.unseal_text("name_sealed") == name:
            return row
    return None


def _no_room(basket: Basket, there: Sequence[Attachment], size: int) -> Refusal | None:
    held = [row for row in there if row.state != AttachmentState.REFUSED and row.message_id is None]
    if len(held) >= FILES_MOST:
        return Refusal.TOO_MANY
    if sum(row.size for row in held) + size > BYTES_MOST:
        return Refusal.TOO_MUCH
    unsent = Attachment.objects.filter(uploaded_by_id=basket.account_id, message__isnull=True)
    sizes = list(unsent.exclude(state=AttachmentState.REFUSED).values_list("size", flat=True)[:UNSENT_FILES_MOST])
    if len(sizes) >= UNSENT_FILES_MOST or sum(sizes) + size > UNSENT_BYTES_MOST:
        return Refusal.QUOTA
    return None


def _forget_refused(there: Sequence[Attachment]) -> None:
    """Keep the newest refusals only: they are words for somebody at the screen, not a record."""
    refused = [row.id for row in there if row.state == AttachmentState.REFUSED and row.message_id is None]
    Attachment.objects.filter(id__in=refused[: max(0, len(refused) + 1 - FILES_MOST)]).delete()


@transaction.atomic
def remove(*, actor: Actor, basket: Basket, file_id: uuid.UUID) -> None:
    """Take a file out of an unsent text. Raises NotFound for one that is not in it, such as one sent meanwhile."""
    _lock(basket)
    row = basket.rows().select_for_update().filter(id=file_id).first()
    if row is None:
        raise NotFound
    _delete(actor, [row], Deed.FILE_REMOVED)


@transaction.atomic
def discard(*, actor: Actor, draft_id: uuid.UUID) -> None:
    """Remove the files of a draft that is being deleted; the caller has shown that it is the actor's."""
    side = Side.STAFF if actor.kind is ActorKind.STAFF else Side.VETERAN
    rows = Attachment.objects.select_for_update().filter(draft_id=draft_id, message__isnull=True, side=side)
    _delete(actor, list(rows), Deed.FILE_REMOVED)


def _delete(actor: Actor, rows: Sequence[Attachment], deed: Deed) -> None:
    for row in rows:
        _record(actor, deed, row, reason=row.refusal)
    ids = [row.id for row in rows]
    Attachment.objects.filter(id__in=ids).delete()
    # After the commit: a row without its file would be a loss, a file without its row is only swept up.
    transaction.on_commit(lambda: storage.remove_all(ids))


def claim(*, basket: Basket, file_ids: Collection[uuid.UUID]) -> list[Attachment]:
    """Return the files that go with a send, locked; runs in the send's transaction, before the message is made.

    `file_ids` are those that the sender's page showed: they must be exactly those that are there, so that
    nothing goes out unseen and nothing is left behind. Raises InvalidInput otherwise, as for any id that is not
    of this draft. Files that were refused before they were stored stay behind.
    """
    if not file_ids and not basket.rows().exists():
        return []
    _lock(basket)
    rows = list(basket.rows().select_for_update())
    files = [row for row in rows if row.kind]
    if {row.id for row in files} != set(file_ids):
        raise InvalidInput(str(CHANGED), code="files_changed", field="files")
    Attachment.objects.filter(id__in=[row.id for row in rows if not row.kind]).delete()
    return files


def bind(*, message: Message, files: Sequence[Attachment]) -> None:
    """Make claimed files part of the message, for good; runs in the send's transaction, after the message is saved."""
    if files:
        Attachment.objects.filter(id__in=[row.id for row in files]).update(
            message=message, conversation_id=message.conversation_id
        )


def _record(actor: Actor, deed: Deed, row: Attachment, *, reason: str = "") -> None:
    record(
        actor=actor,
        deed=deed,
        subject_id=row.record_id,
        object_kind="attachment",
        object_id=row.id,
        reason=reason,
        details={"draft": str(row.draft_id), "size": row.size, "type": row.kind},
    )
