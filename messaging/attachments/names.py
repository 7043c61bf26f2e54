"""A file's name as it is shown and offered for saving: harmless on every system, readable, of bounded length."""

import re
import unicodedata
from typing import Final

from messaging.attachments.limits import NAME_MOST

_RESERVED: Final = frozenset(
    {
        "CON",
        "PRN",
        "AUX",
        "NUL",
        "CONIN$",
        "CONOUT$",
        *(f"{port}{n}" for port in ("COM", "LPT") for n in "0123456789¹²³"),
    }
)
_FORBIDDEN: Final = re.compile(r'[<>:"|?*%;]')
_STREAM: Final = re.compile(r"::\$DATA$", re.IGNORECASE)
UNNAMED: Final = "file"


def clean_name(raw: str) -> str:
    """Return the last part of a path without anything that a file system, a header or a reader could trip over.

    Control and format characters go (they turn "exe.jpg" around on the screen), as do trailing dots and
    spaces and the names of devices. Where a file is stored never depends on this.
    """
    name = unicodedata.normalize("NFC", raw).replace("\\", "/").rpartition("/")[2]
    name = "".join(
        char for char in name if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    )
    name = _FORBIDDEN.sub("_", _STREAM.sub("", name))
    name = " ".join(name.split()).strip(". ")
    stem, ext = split(name)
    if stem.partition(".")[0].strip().upper() in _RESERVED:
        stem = f"_{stem}"
    return join(stem, ext)


def split(name: str) -> tuple[str, str]:
    """Return a name without its extension, and the extension in small letters."""
    stem, dot, ext = name.rpartition(".")
    if not dot or not stem or not re.fullmatch(r"[A-Za-z0-9]{1,8}", ext):
        return name, ""
    return stem.rstrip(". "), ext.lower()


def join(stem: str, ext: str) -> str:
    """Return a whole name, the stem cut where it would be too long."""
    room = NAME_MOST - len(ext) - 1
    stem = (stem[:room].rstrip(". ") if len(stem) > room else stem) or UNNAMED
    return f"{stem}.{ext}" if ext else stem
