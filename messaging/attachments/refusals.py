"""Why a file was not taken, in words for the person who chose it."""

from enum import StrEnum
from typing import Final

from django.utils.translation import gettext_lazy as _


class Refusal(StrEnum):
    """Codes, stored with the file."""

    TOO_LARGE = "too_large"
    TOO_MUCH = "too_much"
    TOO_MANY = "too_many"
    EMPTY = "empty"
    QUOTA = "quota"
    STORAGE = "storage"
    TYPE = "type"
    MISMATCH = "mismatch"
    DAMAGED = "damaged"
    LOCKED = "locked"
    MACROS = "macros"
    SCRIPT = "script"
    BOMB = "bomb"
    PICTURE_SIZE = "picture_size"
    INFECTED = "infected"


ALLOWED: Final = "PDF, Word, Excel, PowerPoint, ODT, RTF, TXT, JPG, PNG, GIF, BMP, TIFF, HEIC, MP4, MOV"

TEXTS: Final = {
    Refusal.TOO_LARGE: _("This file is larger than 25 MB. Choose a smaller file."),
    Refusal.TOO_MUCH: _("With this file, your files would be more than 25 MB in all. Remove another file first."),
    Refusal.TOO_MANY: _("A message can have 10 files. Remove another file first."),
    Refusal.EMPTY: _("This file is empty. Choose another file."),
    Refusal.QUOTA: _("You have too many files in unsent messages. Send or delete some drafts first."),
    Refusal.STORAGE: _("We couldn’t store this file. Try again in a few minutes."),
    Refusal.TYPE: _("This type of file can’t be sent. You can send PDF, Office, text, picture and video files."),
    Refusal.MISMATCH: _("What is in this file doesn’t match its name. Save it again in the right format, then add it."),
    Refusal.DAMAGED: _("This file is damaged or incomplete, so we can’t check it. Save it again, then add it."),
    Refusal.LOCKED: _("This file has a password, so we can’t check it. Save it without a password, then add it."),
    Refusal.MACROS: _("This file has macros (small programs). Save it without macros, then add it."),
    Refusal.SCRIPT: _("This file has a script or another active part in it. Print it to a new PDF, then add that."),
    Refusal.BOMB: _("This file unpacks to far more than it should, so we can’t check it safely."),
    Refusal.PICTURE_SIZE: _("This picture is too large to check. Save it with fewer pixels, pages or frames."),
    Refusal.INFECTED: _("Our virus check found a threat in this file, so we deleted it. Scan your device."),
}

# What a browser can tell before it sends anything; the server checks all of it again.
BY_BROWSER: Final = (Refusal.EMPTY, Refusal.TOO_LARGE, Refusal.TOO_MUCH, Refusal.TOO_MANY, Refusal.TYPE)


def text_of(code: str) -> str:
    """Return the words for a stored code."""
    return str(TEXTS[Refusal(code)])


class FileRefused(Exception):
    """A check of the content said no."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal
