"""Old Word, Excel and PowerPoint files: whether they are what their name says, and have no macros or password."""

import struct
from typing import BinaryIO, Final

import olefile

from messaging.attachments.refusals import FileRefused, Refusal

_MAIN_STREAM: Final = {
    "doc": ("WordDocument",),
    "xls": ("Workbook", "Book"),
    "ppt": ("PowerPoint Document",),
}
_MACROS: Final = ("macros", "_vba_project_cur", "vba", "_vba_project", "objectpool", "\x01ole10native")
_LOCKED: Final = ("EncryptedPackage", "EncryptionInfo", "EncryptedSummary")
# Word's header: a bit that says the text is encrypted.
_FIB_FLAGS_AT, _FIB_ENCRYPTED = 10, 0x0100
# Excel's stream begins with records; FILEPASS among the first says that the rest is encrypted.
_FILEPASS: Final = 0x002F
_RECORDS_LOOKED_AT: Final = 64


def check(content: BinaryIO, name: str) -> None:
    """Raise FileRefused for a container of another kind, with macros or embedded programs, or with a password."""
    try:
        with olefile.OleFileIO(content) as container:
            _check(container, name)
    except FileRefused:
        raise
    except Exception:  # noqa: BLE001 - the library raises whatever it happens on in broken input
        raise FileRefused(Refusal.DAMAGED) from None


def _check(container: olefile.OleFileIO, name: str) -> None:
    paths = container.listdir(streams=True, storages=True)
    parts = {part.lower() for path in paths for part in path}
    if any(container.exists(stream) for stream in _LOCKED):
        raise FileRefused(Refusal.LOCKED)
    main = next((stream for stream in _MAIN_STREAM[name] if container.exists(stream)), None)
    if main is None:
        raise FileRefused(Refusal.MISMATCH)
    if parts & set(_MACROS):
        raise FileRefused(Refusal.MACROS)
    with container.openstream(main) as stream:
        head = stream.read(4096)
    if (name == "doc" and _word_locked(head)) or (name == "xls" and _excel_locked(head)):
        raise FileRefused(Refusal.LOCKED)


def _word_locked(head: bytes) -> bool:
    return len(head) > _FIB_FLAGS_AT + 1 and bool(struct.unpack_from("<H", head, _FIB_FLAGS_AT)[0] & _FIB_ENCRYPTED)


def _excel_locked(head: bytes) -> bool:
    at = 0
    for _ in range(_RECORDS_LOOKED_AT):
        if at + 4 > len(head):
            return False
        kind, length = struct.unpack_from("<HH", head, at)
        if kind == _FILEPASS:
            return True
        at += 4 + length
    return False
