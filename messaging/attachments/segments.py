"""The format of a file at rest: segments of 64 KiB, each sealed with its place in the file.

A segment is nonce (12), ciphertext and tag (16). Its additional data names the format, the file, which of
the file's streams it is, its index, and whether it is the last. So no segment opens in another place, in
another file, or as the end of a file that went on; and any byte range is read by opening only its segments.
Each file has a key of its own, which is sealed under the veteran's data key (docs/adr).
"""

import io
import os
import uuid
from collections.abc import Iterator
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from smportal.crypto.errors import UnsealError

SEGMENT_BYTES: Final = 64 * 1024
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16
STRIDE: Final = SEGMENT_BYTES + NONCE_BYTES + TAG_BYTES

# The streams of one attachment.
CONTENT, THUMBNAIL = "content", "thumbnail"


def new_key() -> bytes:
    """Return a fresh 256-bit key for one file."""
    return AESGCM.generate_key(bit_length=256)


def _additional_data(file_id: uuid.UUID, stream: str, index: int, *, final: bool) -> bytes:
    return b"|".join((b"smportal-file-1", stream.encode(), file_id.bytes, index.to_bytes(8), bytes([final])))


def sealed_bytes(size: int) -> int:
    """Return how long `size` bytes are at rest; an empty file is one empty last segment."""
    segments = max(1, -(-size // SEGMENT_BYTES))
    return size + segments * (NONCE_BYTES + TAG_BYTES)


class SegmentWriter:
    """Seals what is written to it; never holds more than one segment in clear."""

    def __init__(self, target: BinaryIO, key: bytes, file_id: uuid.UUID, stream: str = CONTENT) -> None:
        self._target, self._cipher = target, AESGCM(key)
        self._file_id, self._stream = file_id, stream
        self._pending = bytearray()
        self._index = 0
        self.size = 0

    def write(self, data: bytes) -> None:
        """Take bytes in; a segment goes out when another one has begun, so that the last one can say that it is."""
        self.size += len(data)
        self._pending += data
        while len(self._pending) > SEGMENT_BYTES:
            self._put(bytes(self._pending[:SEGMENT_BYTES]), final=False)
            del self._pending[:SEGMENT_BYTES]

    def finish(self) -> None:
        """Write the last segment."""
        self._put(bytes(self._pending), final=True)
        self._pending.clear()

    def _put(self, plain: bytes, *, final: bool) -> None:
        nonce = os.urandom(NONCE_BYTES)
        bound = _additional_data(self._file_id, self._stream, self._index, final=final)
        self._target.write(nonce + self._cipher.encrypt(nonce, plain, bound))
        self._index += 1


class SegmentReader(io.RawIOBase):
    """A sealed file in clear, readable at any place; opens one segment at a time and keeps only that.

    Every read raises UnsealError for anything but exactly what was written: bytes changed, cut off,
    added, moved within the file or taken from another. `size` is the file's length in clear.
    """

    def __init__(self, source: BinaryIO, key: bytes, file_id: uuid.UUID, size: int, stream: str = CONTENT) -> None:
        super().__init__()
        self._source, self._cipher = source, AESGCM(key)
        self._file_id, self._stream, self.size = file_id, stream, size
        self._last = max(0, -(-size // SEGMENT_BYTES) - 1)
        self._at = 0
        self._held: tuple[int, bytes] = (-1, b"")
        if source.seek(0, os.SEEK_END) != sealed_bytes(size):
            raise UnsealError("a file is longer or shorter than what was stored")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise ValueError("before the beginning of the file")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        index, within = divmod(self._at, SEGMENT_BYTES)
        if self._at >= self.size:
            return 0
        piece = self._segment(index)[within : within + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def _segment(self, index: int) -> bytes:
        if self._held[0] == index:
            return self._held[1]
        self._source.seek(index * STRIDE)
        sealed = self._source.read(STRIDE)
        bound = _additional_data(self._file_id, self._stream, index, final=index == self._last)
        try:
            plain = self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
        except (InvalidTag, ValueError):
            raise UnsealError("a segment of a file does not open") from None
        self._held = (index, plain)
        return plain

    def pieces(self, first: int = 0, last: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from `first` to `last`, both included, a segment at a time; close the source after."""
        end = self.size if last is None else last + 1
        try:
            self.seek(first)
            if self.size == 0:
                self._segment(0)
            while self._at < end:
                yield self.read(min(SEGMENT_BYTES, end - self._at)) or b""
        finally:
            self.close()

    def close(self) -> None:
        self._source.close()
        super().close()
