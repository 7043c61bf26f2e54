"""Office documents that are zip containers: judged by their directory, without unpacking them."""

import io
import zipfile
import zlib
from typing import BinaryIO, Final
from xml.parsers import expat

from messaging.attachments.kinds import KINDS, Kind
from messaging.attachments.limits import MEMBERS_MOST, RATIO_FROM, RATIO_MOST, UNPACKED_MOST, XML_PROLOG_MOST
from messaging.attachments.refusals import FileRefused, Refusal

_MAIN_PART: Final = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "ppt/presentation.xml": "pptx"}
_ODT: Final = b"application/vnd.oasis.opendocument.text"
_MACRO_PARTS: Final = ("vbaproject.bin", "vbadata.xml", "basic/", "scripts/", "macrosheets/", "activex/")
# A chart in a document is a document in it; one more level is nobody's letter.
_NESTED_MOST: Final = 8 * 1024 * 1024
_ZIP: Final = b"PK\x03\x04"
_NESTED: Final = (b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"MZ", b"\xd0\xcf\x11\xe0", b"BZh", b"\xfd7zXZ")
_ENCRYPTED: Final = 0x1
_XML: Final = (".xml", ".rels", ".vml")
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError, OSError)


def office_kind(content: BinaryIO) -> Kind:
    """Return which document a zip container is. Raises FileRefused for one that is none, such as a plain archive."""
    with _opened(content) as archive:
        names = set(archive.namelist())
        if "mimetype" in names and _first(archive, archive.getinfo("mimetype"), 64) == _ODT:
            return KINDS["odt"]
        if "[Content_Types].xml" in names:
            for part, name in _MAIN_PART.items():
                if part in names:
                    return KINDS[name]
    raise FileRefused(Refusal.TYPE)


def check(content: BinaryIO, *, inside: bool = False) -> None:
    """Raise FileRefused for a container that hides something or unpacks to too much."""
    with _opened(content) as archive:
        members = archive.infolist()
        if len(members) > MEMBERS_MOST or sum(member.file_size for member in members) > UNPACKED_MOST:
            raise FileRefused(Refusal.BOMB)
        for member in members:
            _check_member(archive, member, inside=inside)


def _check_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, *, inside: bool) -> None:
    name = member.filename.lower()
    if member.flag_bits & _ENCRYPTED or name == "encryptedpackage":
        raise FileRefused(Refusal.LOCKED)
    if member.file_size > RATIO_FROM and member.file_size > RATIO_MOST * max(1, member.compress_size):
        raise FileRefused(Refusal.BOMB)
    if any(part in name for part in _MACRO_PARTS):
        raise FileRefused(Refusal.MACROS)
    if member.is_dir():
        return
    head = _first(archive, member, 8)
    # The directory's sizes are the sender's word: a member that lies about them ends in an error above.
    if head.startswith(_ZIP):
        if inside or member.file_size > _NESTED_MOST:
            raise FileRefused(Refusal.BOMB)
        nested = io.BytesIO(_first(archive, member, _NESTED_MOST))
        office_kind(nested)
        check(nested, inside=True)
    elif head.startswith(_NESTED):
        raise FileRefused(Refusal.MACROS if head.startswith((b"MZ", b"\xd0\xcf")) else Refusal.BOMB)
    if name.endswith(_XML):
        _check_prolog(_first(archive, member, XML_PROLOG_MOST))


def _check_prolog(xml: bytes) -> None:
    """Refuse a document type before the first element: that is where entities are declared. Nothing is expanded."""
    parser = expat.ParserCreate()

    def refuse(*_doctype: object) -> None:
        raise FileRefused(Refusal.SCRIPT)

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    # One element is enough: no document type can follow it.
    parser.StartElementHandler = _stop
    try:
        parser.Parse(xml, False)  # noqa: FBT003 - pyexpat takes no keywords
    except _Seen:
        return
    except expat.ExpatError:
        raise FileRefused(Refusal.DAMAGED) from None
    if len(xml) >= XML_PROLOG_MOST:
        raise FileRefused(Refusal.SCRIPT)


class _Seen(Exception):
    """The first element has begun."""


def _stop(*_element: object) -> None:
    raise _Seen


def _opened(content: BinaryIO) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(content)
    except _BROKEN:
        raise FileRefused(Refusal.DAMAGED) from None


def _first(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes:
    try:
        with archive.open(member) as part:
            return part.read(most)
    except _BROKEN:
        raise FileRefused(Refusal.DAMAGED) from None
