"""Where sealed files lie: below ATTACHMENTS_DIR, under the attachment's own UUID and nothing else."""

import contextlib
import datetime as dt
import os
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from messaging.attachments.segments import CONTENT, THUMBNAIL, SegmentReader, SegmentWriter
from smportal.crypto.errors import UnsealError

_SUFFIX = {CONTENT: "", THUMBNAIL: ".thumbnail"}


def path_of(file_id: uuid.UUID, stream: str = CONTENT) -> Path:
    """Return where a stream lies; two levels of folders keep each of them small."""
    name = file_id.hex
    return Path(settings.ATTACHMENTS_DIR) / name[:2] / name[2:4] / (name + _SUFFIX[stream])


class Deposit:
    """A file on its way in: it is there under its name only once all of it is on the disk."""

    def __init__(self, file_id: uuid.UUID, key: bytes, stream: str = CONTENT) -> None:
        self._path = path_of(file_id, stream)
        self._part = self._path.with_name(self._path.name + ".part")
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._target: BinaryIO = os.fdopen(descriptor, "wb")
        self.writer = SegmentWriter(self._target, key, file_id, stream)

    def commit(self) -> None:
        """Put it in its place. Raises OSError, for example when the disk is full; then nothing is left."""
        try:
            self.writer.finish()
            self._target.flush()
            os.fsync(self._target.fileno())
            self._target.close()
            self._part.replace(self._path)
        except OSError:
            self.abandon()
            raise

    def abandon(self) -> None:
        """Forget what came so far."""
        with contextlib.suppress(OSError):
            self._target.close()
        self._part.unlink(missing_ok=True)


def open_stream(file_id: uuid.UUID, key: bytes, size: int, stream: str = CONTENT) -> SegmentReader:
    """Return a reader of the file in clear. Raises UnsealError when it is missing or not what was stored."""
    try:
        source = path_of(file_id, stream).open("rb")
    except FileNotFoundError:
        raise UnsealError("a stored file is missing") from None
    try:
        return SegmentReader(source, key, file_id, size, stream)
    except UnsealError:
        source.close()
        raise


def remove(file_id: uuid.UUID) -> None:
    """Remove all streams of a file; none need be there."""
    for stream in _SUFFIX:
        path = path_of(file_id, stream)
        path.unlink(missing_ok=True)
        path.with_name(path.name + ".part").unlink(missing_ok=True)


def remove_all(file_ids: Iterable[uuid.UUID]) -> None:
    """Remove all streams of several files."""
    for file_id in file_ids:
        remove(file_id)


def older_than(instant: dt.datetime) -> Iterator[uuid.UUID]:
    """Yield the ids of stored files, whole or not, last written before `instant`."""
    for path in Path(settings.ATTACHMENTS_DIR).glob("??/??/*"):
        with contextlib.suppress(ValueError, FileNotFoundError):
            if path.stat().st_mtime < instant.timestamp():
                yield uuid.UUID(hex=path.name.partition(".")[0])
