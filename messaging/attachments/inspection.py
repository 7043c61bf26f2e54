"""Judging a file by what is in it: its type from its first bytes, then what its family asks for.

Nothing here decodes a picture, follows a reference or unpacks more than the start of a document's parts.
The scanner comes after this, and every file is handed out as a download whatever this found.
"""

import contextlib
import io
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final, NamedTuple, cast

from messaging.attachments import ole, pdf, pictures, sniffing, zipped
from messaging.attachments.kinds import BY_EXTENSION, Family, Kind
from messaging.attachments.names import join, split
from messaging.attachments.refusals import FileRefused, Refusal
from messaging.attachments.segments import SegmentReader

HEAD_BYTES: Final = 64 * 1024


class Inspected(NamedTuple):
    """What a file is, and the name that fits it."""

    kind: Kind
    name: str


def inspect(open_reader: Callable[[], SegmentReader], name: str, size: int) -> Inspected:
    """Return kind and name of a file that may be sent. Raises FileRefused with the reason."""
    if size == 0:
        raise FileRefused(Refusal.EMPTY)
    stem, ext = split(name)
    named = BY_EXTENSION.get(ext)
    if ext and named is None:
        raise FileRefused(Refusal.TYPE)
    with _opened(open_reader) as content:
        head = content.read(HEAD_BYTES)
        kind = sniffing.kind_of(head, named, lambda: zipped.office_kind(content))
        if named is not None and kind is not named and not (kind.family is named.family is Family.PICTURE):
            raise FileRefused(Refusal.MISMATCH)
        content.seek(0)
        _check(kind, content)
    fitting = ext if ext in kind.extensions else kind.extensions[0]
    return Inspected(kind, join(stem, fitting))


@contextlib.contextmanager
def _opened(open_reader: Callable[[], SegmentReader]) -> Iterator[BinaryIO]:
    reader = open_reader()
    with contextlib.closing(io.BufferedReader(reader)) as content:
        yield cast("BinaryIO", content)


def _check(kind: Kind, content: BinaryIO) -> None:
    match kind.family:
        case Family.PICTURE:
            pictures.check(content, kind.name)
        case Family.ZIPPED:
            zipped.check(content)
        case Family.OLE:
            ole.check(content, kind.name)
        case Family.PDF:
            pdf.check(content)
        case Family.TEXT:
            sniffing.check_text(content, kind.name)
        case Family.VIDEO:
            pass
