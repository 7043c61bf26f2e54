"""The kinds of file that a message may have (domain rules, section 4): decided by content, never by name."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Family(Enum):
    """What is checked beyond the type, and how a wrong extension is treated."""

    PICTURE = "picture"
    ZIPPED = "zipped office document"
    OLE = "old office document"
    PDF = "pdf"
    TEXT = "text"
    VIDEO = "video"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind. `sniffed` are libmagic's words for it; the first extension is the usual one."""

    name: str
    label: "str | Promise"
    media_type: str
    family: Family
    extensions: tuple[str, ...]
    sniffed: frozenset[str]


_OOXML: Final = "application/vnd.openxmlformats-officedocument."
_OLE: Final = ("application/x-ole-storage", "application/CDFV2", "application/vnd.ms-office")


def _kind(
    name: str, label: "str | Promise", media: str, family: Family, *more: str, also: tuple[str, ...] = ()
) -> Kind:
    return Kind(name, label, media, family, (name, *also), frozenset({media, *more}))


KINDS: Final = {
    kind.name: kind
    for kind in (
        _kind("pdf", "PDF", "application/pdf", Family.PDF),
        _kind("doc", _("Word document"), "application/msword", Family.OLE, *_OLE),
        _kind("xls", _("Excel workbook"), "application/vnd.ms-excel", Family.OLE, *_OLE),
        _kind("ppt", _("PowerPoint slides"), "application/vnd.ms-powerpoint", Family.OLE, *_OLE),
        _kind("docx", _("Word document"), _OOXML + "wordprocessingml.document", Family.ZIPPED, "application/zip"),
        _kind("xlsx", _("Excel workbook"), _OOXML + "spreadsheetml.sheet", Family.ZIPPED, "application/zip"),
        _kind("pptx", _("PowerPoint slides"), _OOXML + "presentationml.presentation", Family.ZIPPED, "application/zip"),
        _kind("odt", _("Text document"), "application/vnd.oasis.opendocument.text", Family.ZIPPED, "application/zip"),
        _kind("rtf", _("Text document"), "application/rtf", Family.TEXT, "text/rtf"),
        _kind("txt", _("Text"), "text/plain", Family.TEXT),
        _kind("jpg", _("Picture"), "image/jpeg", Family.PICTURE, also=("jpeg",)),
        _kind("png", _("Picture"), "image/png", Family.PICTURE),
        _kind("gif", _("Picture"), "image/gif", Family.PICTURE),
        _kind("bmp", _("Picture"), "image/bmp", Family.PICTURE, "image/x-ms-bmp"),
        _kind("tiff", _("Picture"), "image/tiff", Family.PICTURE, also=("tif",)),
        _kind("heic", _("Picture"), "image/heic", Family.PICTURE, "image/heif", "image/heic-sequence", also=("heif",)),
        _kind("mp4", _("Video"), "video/mp4", Family.VIDEO, "video/x-m4v"),
        _kind("mov", _("Video"), "video/quicktime", Family.VIDEO),
    )
}

BY_EXTENSION: Final = {ext: kind for kind in KINDS.values() for ext in kind.extensions}
ACCEPT: Final = ",".join(f".{ext}" for ext in BY_EXTENSION)
