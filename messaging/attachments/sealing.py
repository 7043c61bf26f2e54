"""What is sealed of a file in its row: its name, its key, and the digest of its content."""

import base64
from typing import Final, NamedTuple

from messaging.attachments import storage
from messaging.attachments.segments import CONTENT, THUMBNAIL, SegmentReader
from messaging.models import Attachment
from smportal.crypto.errors import UnsealError

KEY_BYTES: Final = 32


class Secret(NamedTuple):
    """A file's own key, and SHA-256 of its content: by which the same file sent twice is known."""

    key: bytes
    digest: bytes


def seal_secret(row: Attachment, secret: Secret) -> None:
    """Put the secret into the row; the caller saves."""
    row.seal_text("secret_sealed", base64.b64encode(secret.key + secret.digest).decode())


def secret_of(row: Attachment) -> Secret:
    """Return a stored file's secret. Raises UnsealError, also for a file that has none any more."""
    packed = base64.b64decode(row.unseal_text("secret_sealed"))
    if len(packed) != 2 * KEY_BYTES:
        raise UnsealError("this file has no content")
    return Secret(packed[:KEY_BYTES], packed[KEY_BYTES:])


def reader(row: Attachment) -> SegmentReader:
    """Return the file in clear, readable at any place. Raises UnsealError."""
    return storage.open_stream(row.id, secret_of(row).key, row.size, CONTENT)


def thumbnail_reader(row: Attachment) -> SegmentReader:
    """Return the small picture. Raises UnsealError, also when there is none."""
    return storage.open_stream(row.id, secret_of(row).key, row.thumbnail_size, THUMBNAIL)
