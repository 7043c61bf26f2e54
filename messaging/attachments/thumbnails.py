"""Small pictures for the list of files: drawn anew, so that nothing of the original but its colours is in them."""

import io
import logging
import uuid
from typing import BinaryIO, Final, cast

from django.db import transaction
from PIL import Image, ImageOps

from messaging.attachments import storage
from messaging.attachments.limits import THUMBNAIL_SIDE
from messaging.attachments.pictures import opened
from messaging.attachments.refusals import FileRefused
from messaging.attachments.sealing import reader, secret_of
from messaging.attachments.segments import THUMBNAIL
from messaging.models import Attachment, AttachmentState
from smportal.crypto.errors import CryptoError

# Decoding takes four bytes a pixel: larger pictures go without, they can still be downloaded.
DECODED_MOST: Final = 50_000_000
MEDIA_TYPE: Final = "image/jpeg"

_log = logging.getLogger(__name__)


def make(file_id: uuid.UUID) -> bool:
    """Make the small picture of a clean file once; without one the file is as good. Return whether there is one."""
    row = Attachment.objects.filter(id=file_id, state=AttachmentState.READY, thumbnail_size=0).first()
    if row is None:
        return False
    try:
        drawn = _drawn(cast("BinaryIO", io.BufferedReader(reader(row))), row.kind)
    except (FileRefused, CryptoError, OSError, ValueError, SyntaxError, MemoryError, Image.DecompressionBombError):
        _log.warning("no thumbnail could be made", extra={"event": "no_thumbnail", "object_id": str(file_id)})
        return False
    return _keep(row, drawn) if drawn else False


def _drawn(content: BinaryIO, kind: str) -> bytes:
    with content, opened(content, kind) as picture:
        if picture.width * picture.height > DECODED_MOST:
            return b""
        picture.draft("RGB", (2 * THUMBNAIL_SIDE, 2 * THUMBNAIL_SIDE))
        upright = ImageOps.exif_transpose(picture).convert("RGBA")
        upright.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
        # A new canvas carries no metadata: no place, no device, no earlier version.
        canvas = Image.new("RGB", upright.size, "white")
        canvas.paste(upright, mask=upright)
        out = io.BytesIO()
        canvas.save(out, "JPEG", quality=80)
        return out.getvalue()


def _keep(row: Attachment, drawn: bytes) -> bool:
    deposit = storage.Deposit(row.id, secret_of(row).key, THUMBNAIL)
    deposit.writer.write(drawn)
    deposit.commit()
    with transaction.atomic():
        # Refused or removed meanwhile: then the picture goes as well.
        kept = Attachment.objects.filter(id=row.id, state=AttachmentState.READY).update(thumbnail_size=len(drawn))
    if not kept:
        storage.remove(row.id)
    return bool(kept)
