"""The same file in another unsent text: sealed anew under a key of its own, judged and scanned again."""

from collections.abc import Iterable

from messaging.attachments import storage
from messaging.attachments.actions import add
from messaging.attachments.baskets import Basket
from messaging.attachments.refusals import Refusal
from messaging.attachments.sealing import Secret, reader, secret_of
from messaging.attachments.segments import new_key
from messaging.attachments.uploads import SealedUpload
from messaging.models import Attachment, AttachmentState
from smportal.actor import Actor
from smportal.crypto.errors import UnsealError


def copy(*, actor: Actor, basket: Basket, rows: Iterable[Attachment]) -> None:
    """Put copies of files that the actor may read into an unsent text of theirs; refused ones stay behind.

    One that does not open, or finds no room, stays behind too: the text's list of files shows what came along.
    """
    for row in rows:
        if row.state == AttachmentState.REFUSED:
            continue
        upload = _sealed_anew(row)
        try:
            add(actor=actor, basket=basket, upload=upload)
        finally:
            if not upload.kept:
                storage.remove(upload.file_id)


def _sealed_anew(row: Attachment) -> SealedUpload:
    """Return the file as if it had just arrived; never more than a segment of it is in memory."""
    file_id, key, refusal = Attachment().id, new_key(), None
    secret = Secret(key, secret_of(row).digest)
    try:
        deposit = storage.Deposit(file_id, key)
        try:
            for piece in reader(row).pieces():
                deposit.writer.write(piece)
            deposit.commit()
        except BaseException:
            deposit.abandon()
            raise
    except (OSError, UnsealError):
        refusal = Refusal.STORAGE
    return SealedUpload(file_id, row.unseal_text("name_sealed"), row.size, secret, refusal)
