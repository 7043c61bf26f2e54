"""What a file is, by its first bytes."""

import codecs
from collections.abc import Callable
from typing import BinaryIO, Final

import magic

from messaging.attachments.kinds import KINDS, Family, Kind
from messaging.attachments.refusals import FileRefused, Refusal

_SNIFF_BYTES: Final = 8 * 1024
# A note may look like source code, a log or a table to libmagic; what a browser could run is not text.
_NOT_TEXT: Final = ("html", "xml", "svg", "javascript", "php", "shellscript", "hta", "vbscript", "mime")
_RUNS: Final = (*_NOT_TEXT, "postscript", "script", "executable")
_CONTROLS: Final = frozenset(range(32)) - frozenset(b"\t\n\r\f")
_MARKUP: Final = (
    b"<html", b"<script", b"<!doctype", b"<svg", b"<?xml", b"<?php", b"<body", b"<iframe", b"mime-version:", b"<hta:",
)  # fmt: skip
_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_PIECE: Final = 64 * 1024


def media_type(head: bytes) -> str:
    """Return libmagic's word for the content."""
    return magic.from_buffer(head[:_SNIFF_BYTES], mime=True).lower()


def kind_of(head: bytes, named: Kind | None, office_kind: Callable[[], Kind]) -> Kind:
    """Return the kind that the content shows; `named` is what the extension claims, where it has to decide.

    `office_kind` looks into a zip container. Raises FileRefused for what is none of the kinds.
    """
    sniffed = media_type(head)
    if head.startswith(b"PK"):
        return office_kind()
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        # Word, Excel and PowerPoint share this container; ole.check compares what is in it with the name.
        if named is not None and named.family is Family.OLE:
            return named
        raise FileRefused(Refusal.MISMATCH if named else Refusal.TYPE)
    for kind in KINDS.values():
        if kind.family not in {Family.ZIPPED, Family.OLE} and kind.name != "txt" and sniffed in kind.sniffed:
            return kind
    if sniffed.startswith("text/") and not any(word in sniffed for word in _NOT_TEXT):
        return KINDS["txt"]
    # A list of readings that begins with "BP" is a plotter's file to libmagic. What reads as text is text, unless
    # somebody's machine would run it.
    if named is KINDS["txt"] and _reads_as_text(head) and not any(word in sniffed for word in _RUNS):
        return KINDS["txt"]
    raise FileRefused(Refusal.MISMATCH if named else Refusal.TYPE)


def _reads_as_text(head: bytes) -> bool:
    """Tell whether the first bytes are UTF-8 without control characters; the last letter may be cut off."""
    piece = head[:_SNIFF_BYTES]
    try:
        codecs.getincrementaldecoder("utf-8")().decode(piece)
    except UnicodeDecodeError:
        return False
    return _CONTROLS.isdisjoint(piece)


def check_text(content: BinaryIO, name: str) -> None:
    """Raise FileRefused for text with markup at its start, or with bytes that no text has."""
    head = content.read(_PIECE)
    if name == "rtf":
        _check_rtf(head, content)
        return
    encoding = next((codec for bom, codec in _BOMS if head.startswith(bom)), "")
    plain = head.decode(encoding, "replace").encode() if encoding else head
    if any(mark in plain[:4096].lower() for mark in _MARKUP):
        raise FileRefused(Refusal.MISMATCH)
    while plain:
        if b"\0" in plain:
            raise FileRefused(Refusal.MISMATCH)
        piece = content.read(_PIECE)
        plain = b"" if encoding == "utf-16" else piece


def _check_rtf(head: bytes, content: BinaryIO) -> None:
    """Objects in RTF carry programs."""
    tail = b""
    while head:
        window = (tail + head).lower()
        if b"\\objdata" in window or b"\\objupdate" in window or b"\\objocx" in window:
            raise FileRefused(Refusal.MACROS)
        tail, head = head[-16:], content.read(_PIECE)
