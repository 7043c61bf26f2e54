"""A zip file as a plan: from names, sizes and checksums follow its length and what stands at any place in it.

So its length is known before the first byte, and any range of it can be sent without making what comes before.
That is what the zip writers of others do not offer. Nothing is compressed: PDFs, pictures and videos are already.
The local headers are the standard library's; the central directory is written here, after PKWARE's APPNOTE 6.3,
with the 64-bit records for archives of 4 GiB and more, or of 65,535 members and more.
"""

import bisect
import datetime as dt
import struct
import zipfile
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

_LIMIT_16, _LIMIT_32 = 0xFFFF, 0xFFFFFFFF
_VERSION, _VERSION_64, _UNIX = 20, 45, 3
_REGULAR_FILE: Final = 0o100600 << 16
# First year that a zip file can name.
_EPOCH: Final = dt.datetime(1980, 1, 1, tzinfo=dt.UTC)

# Opens one member's bytes from `first` to `last`, both included.
Reader = Callable[[int, int], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Member:
    """One file of the archive; `size` must stay below 4 GiB."""

    path: str
    size: int
    crc: int
    at: dt.datetime
    read: Reader

    def header(self) -> bytes:
        """Return what stands before its bytes."""
        info = zipfile.ZipInfo(self.path, max(self.at, _EPOCH).timetuple()[:6])
        info.create_system, info.CRC = _UNIX, self.crc
        info.compress_size = info.file_size = self.size
        return info.FileHeader(zip64=False)


def _entry(header: bytes, offset: int) -> bytes:
    """Return the line in the central directory of a member whose header stands at `offset`."""
    # Flags, method, time, date, checksum and both sizes stand in both places in the same order; then lengths and name.
    shared, name = header[6:26], header[30:]
    extra = struct.pack("<HHQ", 1, 8, offset) if offset >= _LIMIT_32 else b""
    version = _VERSION_64 if extra else _VERSION
    return b"".join(
        (
            struct.pack("<4sBBH", b"PK\1\2", version, _UNIX, version),
            shared,
            struct.pack("<5H2L", len(name), len(extra), 0, 0, 0, _REGULAR_FILE, min(offset, _LIMIT_32)),
            name,
            extra,
        )
    )


class Plan:
    """Where everything stands in the archive."""

    def __init__(self, members: Sequence[Member]) -> None:
        self._members, self._offsets, lines, at = members, [], [], 0
        for member in members:
            header = member.header()
            self._offsets.append(at)
            lines.append(_entry(header, at))
            at += len(header) + member.size
        directory = b"".join(lines)
        self._directory_at = at
        self._directory = directory + _end(len(members), len(directory), at)
        self.size = at + len(self._directory)

    def stream(self, first: int = 0, last: int | None = None) -> Generator[bytes, None, None]:
        """Yield the archive from `first` to `last`, both included."""
        end = self.size if last is None else last + 1
        begin = max(0, bisect.bisect_right(self._offsets, first) - 1)
        for place in range(begin, len(self._members)):
            if self._offsets[place] >= end:
                return
            yield from self._member(place, first, end)
        if end > self._directory_at:
            yield self._directory[max(0, first - self._directory_at) : end - self._directory_at]

    def _member(self, place: int, first: int, end: int) -> Iterator[bytes]:
        member, offset = self._members[place], self._offsets[place]
        header = member.header()
        if cut := header[max(0, first - offset) : max(0, end - offset)]:
            yield cut
        content = offset + len(header)
        begin, stop = max(0, first - content), min(member.size, end - content)
        if begin < stop:
            yield from member.read(begin, stop - 1)


def _end(count: int, length: int, at: int) -> bytes:
    """Return what closes the central directory of `count` members and `length` bytes that begins at `at`."""
    closing = struct.pack(
        "<4s4H2LH",
        *(b"PK\5\6", 0, 0, min(count, _LIMIT_16), min(count, _LIMIT_16)),
        *(min(length, _LIMIT_32), min(at, _LIMIT_32), 0),
    )
    if max(length, at) < _LIMIT_32 and count < _LIMIT_16:
        return closing
    wide = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, _VERSION_64, _VERSION_64, 0, 0, count, count, length, at)
    return wide + struct.pack("<4sLQL", b"PK\6\7", 0, at + length, 1) + closing
