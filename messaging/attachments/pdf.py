"""PDF: read once as bytes for what makes it more than pages. No part of it is interpreted."""

import re
import zlib
from typing import BinaryIO, Final

from messaging.attachments.limits import PDF_OBJECTS_MOST, UNPACKED_MOST
from messaging.attachments.refusals import FileRefused, Refusal

_PIECE: Final = 256 * 1024
_OVERLAP: Final = 64
_ESCAPED: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
# Names that run something, open something, or carry a file. Not "/JS": a script is one by its action's name, /JavaScript
# or /Rendition, while these three bytes stand by chance in every other large scan's picture. /XFA is
# taken with what may follow it only.
_ACTIVE: Final = re.compile(
    rb"/(?:JavaScript|Rendition|Launch|EmbeddedFile|RichMedia|XFA(?=[\s\0%\[])|SubmitForm|ImportData)(?![A-Za-z0-9])"
)
_ENCRYPT: Final = re.compile(rb"/Encrypt(?![A-Za-z0-9])")
_OBJECT: Final = re.compile(rb"\d\s+obj\b")
# Streams that hold objects, not pages: names in them count too.
_OBJECT_STREAM: Final = re.compile(rb"/ObjStm(?![A-Za-z0-9]).{0,2000}?stream\r?\n", re.DOTALL)
_STREAM_MOST: Final = 4 * 1024 * 1024


def check(content: BinaryIO) -> None:
    """Raise FileRefused for a password, a script or embedded file, or more objects than any letter has."""
    objects, unpacked, tail = 0, 0, b""
    start = 0
    while piece := content.read(_PIECE):
        window = tail + piece
        objects += len(_OBJECT.findall(window, max(0, len(tail) - 8)))
        if objects > PDF_OBJECTS_MOST:
            raise FileRefused(Refusal.BOMB)
        _check_names(window)
        for found in _OBJECT_STREAM.finditer(window):
            unpacked += _check_object_stream(content, start - len(tail) + found.end())
            if unpacked > UNPACKED_MOST:
                raise FileRefused(Refusal.BOMB)
        start += len(piece)
        content.seek(start)
        tail = window[-2048:]


def _check_names(data: bytes) -> None:
    # "/J#61vaScript" is the same name to a reader.
    plain = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), data) if b"#" in data else data
    if _ENCRYPT.search(plain):
        raise FileRefused(Refusal.LOCKED)
    if _ACTIVE.search(plain):
        raise FileRefused(Refusal.SCRIPT)


def _check_object_stream(content: BinaryIO, at: int) -> int:
    """Look into one compressed stream of objects, and return how much it unpacked to."""
    content.seek(at)
    unpacker = zlib.decompressobj()
    try:
        plain = unpacker.decompress(content.read(_STREAM_MOST), _STREAM_MOST)
    except zlib.error:
        # Another filter, or the word in a page's text: nothing to look at.
        return 0
    if unpacker.unconsumed_tail and len(plain) >= _STREAM_MOST:
        raise FileRefused(Refusal.BOMB)
    _check_names(plain)
    return len(plain)
