"""Cuts a CSV file into rows, in bounded memory, whatever is in it (RFC 4180, section 2).

A row is a physical line, or several when a quoted value has line ends in it. A quote that is never
closed, or that stands where none may, spoils only the physical line where its row begins: reading
goes on with the next line. A row longer than LONGEST_ROW is skipped to its end and kept as a hash.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

# Nine values of 1,000 characters of 4 bytes fit, with room for columns that nobody asked for.
LONGEST_ROW = 64 * 1024
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

_FIELD = rb'(?:"(?:[^"]++|"")*+"|[^",\r\n]*+)'
_INSIDE = rb'(?:[^"]++|"")*+'
# A line read from outside of quotes, and from inside: its row ends here, or goes on with the next line.
_ENDS = re.compile(_FIELD + rb"(?:," + _FIELD + rb")*\r?\n?\Z")
_OPENS = re.compile(rb"(?:" + _FIELD + rb",)*\"" + _INSIDE + rb"\Z")
_CLOSES = re.compile(_INSIDE + rb'"(?:,' + _FIELD + rb")*\r?\n?\Z")
_GOES_ON = re.compile(_INSIDE + rb'(?:"(?:,' + _FIELD + rb')*,"' + _INSIDE + rb")?\Z")


class Hash(Protocol):
    """What hashlib and hmac make."""

    def update(self, data: bytes, /) -> None: ...
    def hexdigest(self) -> str: ...


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row: its fields, or why it cannot be parsed. `line` is the physical line where it begins."""

    line: int
    fields: list[str]
    digest: str = ""
    problem: str = ""


@dataclass(slots=True)
class _Cut:
    """The bytes of one row, or None when they were too many to keep."""

    data: bytes | None
    digest: str
    lines: int
    problem: str = ""


class RowReader:
    """Iterates over the rows of a seekable binary stream; blank lines are skipped.

    `new_hash` makes the hash that stands for a row that cannot be parsed; `seen` is called with
    every piece once, for a progress bar and for the file's own hash.
    """

    def __init__(
        self, stream: BinaryIO, *, new_hash: Callable[[], Hash], seen: Callable[[bytes], None] = lambda _: None
    ) -> None:
        self._stream = stream
        self._new_hash = new_hash
        self._seen = seen
        self._line = 1
        # Where the next piece begins, and how far anything was read: going back reads bytes again.
        self._position = 0
        self._furthest = 0

    def __iter__(self) -> Iterator[RawRow]:
        while piece := self._read():
            line = self._line
            if line == 1:
                piece = piece.removeprefix(BYTE_ORDER_MARK)
            if b'"' not in piece and len(piece) < LONGEST_ROW:
                self._line += 1
                if not piece.isspace() and piece:
                    yield self._plain(line, piece)
                continue
            cut = self._cut(piece)
            self._line += cut.lines
            yield self._row(line, cut)

    def _read(self) -> bytes:
        piece = self._stream.readline(LONGEST_ROW)
        self._position += len(piece)
        if self._position > self._furthest:
            self._seen(piece[self._furthest - self._position :])
            self._furthest = self._position
        return piece

    def _go_back(self, position: int) -> None:
        self._stream.seek(position)
        self._position = position

    def _plain(self, line: int, piece: bytes) -> RawRow:
        """A row without quotes: by far the most, so no more work than needed."""
        try:
            return RawRow(line, piece.removesuffix(b"\n").removesuffix(b"\r").decode().split(","))
        except UnicodeDecodeError:
            return self._row(line, _Cut(piece, self._digest(piece), 1))

    def _digest(self, data: bytes) -> str:
        digest = self._new_hash()
        digest.update(data)
        return digest.hexdigest()

    def _row(self, line: int, cut: _Cut) -> RawRow:
        if cut.problem or cut.data is None:
            return RawRow(line, [], cut.digest, cut.problem or "the row is too long")
        try:
            fields = next(csv.reader(io.StringIO(cut.data.decode(), newline=""), strict=True))
        except UnicodeDecodeError:
            return RawRow(line, [], cut.digest, "the row is not UTF-8")
        except csv.Error:
            return RawRow(line, [], cut.digest, "the quotes do not match")
        return RawRow(line, fields, cut.digest)

    def _cut(self, first: bytes) -> _Cut:
        """Return the row that begins with this piece; on broken quotes its first physical line only."""
        if len(first) >= LONGEST_ROW and not first.endswith(b"\n"):
            return self._cut_long(first)
        if _ENDS.match(first):
            return _Cut(first, self._digest(first), 1)
        start = self._position
        cut = self._cut_lines(first) if _OPENS.match(first) else None
        if cut is None:
            self._go_back(start)
            cut = _Cut(None, self._digest(first), 1, "the quotes do not match")
        return cut

    def _cut_lines(self, first: bytes) -> _Cut | None:
        """Go on to the line that closes the quotes; None when they are broken or never closed."""
        digest = self._new_hash()
        digest.update(first)
        kept: list[bytes] | None = [first]
        size, lines = len(first), 1
        while piece := self._read():
            digest.update(piece)
            size += len(piece)
            if kept is not None and size <= LONGEST_ROW:
                kept.append(piece)
            else:
                kept = None
            if len(piece) >= LONGEST_ROW and not piece.endswith(b"\n"):
                closed, piece = self._skip_line(piece, digest, inside=True)
                kept = None
            else:
                closed = bool(_CLOSES.match(piece))
                if not closed and not _GOES_ON.match(piece):
                    return None
            lines += 1
            if closed:
                return _Cut(b"".join(kept) if kept is not None else None, digest.hexdigest(), lines)
        return None

    def _cut_long(self, first: bytes) -> _Cut:
        """Skip a row whose first line alone is too long; only its quotes are counted."""
        digest = self._new_hash()
        digest.update(first)
        closed, _ = self._skip_line(first, digest, inside=False)
        start, alone, lines = self._position, digest.hexdigest(), 1
        while not closed:
            piece = self._read()
            if not piece:
                self._go_back(start)
                return _Cut(None, alone, 1, "the quotes do not match")
            digest.update(piece)
            closed, _ = self._skip_line(piece, digest, inside=True)
            lines += 1
        return _Cut(None, digest.hexdigest(), lines)

    def _skip_line(self, piece: bytes, digest: Hash, *, inside: bool) -> tuple[bool, bytes]:
        """Read to the end of this physical line; tell whether it ends outside of quotes."""
        quotes = piece.count(b'"') + inside
        while not piece.endswith(b"\n"):
            piece = self._read()
            if not piece:
                break
            digest.update(piece)
            quotes += piece.count(b'"')
        return quotes % 2 == 0, piece
