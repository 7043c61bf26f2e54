"""Pictures: their measures from the header, before anything decodes them."""

import warnings
from typing import BinaryIO, Final

from PIL import Image
from pillow_heif import register_heif_opener

from messaging.attachments.limits import FRAMES_MOST, PAGES_MOST, PIXELS_MOST, SIDE_MOST
from messaging.attachments.refusals import FileRefused, Refusal

register_heif_opener(thumbnails=False)
Image.MAX_IMAGE_PIXELS = PIXELS_MOST
# The opener for each kind: another format in a file of this name is not even tried.
FORMATS: Final = {"jpg": "JPEG", "png": "PNG", "gif": "GIF", "bmp": "BMP", "tiff": "TIFF", "heic": "HEIF"}
_GIF_HEADER, _GIF_SCREEN = 6, 7


def opened(content: BinaryIO, kind: str) -> Image.Image:
    """Return the picture with its header read. Raises FileRefused."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            warnings.simplefilter("ignore", UserWarning)
            return Image.open(content, formats=[FORMATS[kind]])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise FileRefused(Refusal.PICTURE_SIZE) from None
    except Exception:  # noqa: BLE001 - broken headers make the library raise all sorts of errors
        raise FileRefused(Refusal.DAMAGED) from None


def check(content: BinaryIO, kind: str) -> None:
    """Raise FileRefused for a picture with too many pixels, frames or pages, or none that can be read."""
    with opened(content, kind) as picture:
        width, height = picture.size
        if width * height > PIXELS_MOST or max(width, height) > SIDE_MOST:
            raise FileRefused(Refusal.PICTURE_SIZE)
        if kind == "tiff" and _has_page(picture, PAGES_MOST):
            raise FileRefused(Refusal.PICTURE_SIZE)
    if kind == "gif":
        content.seek(0)
        _count_frames(content)


def _has_page(picture: Image.Image, number: int) -> bool:
    """Go through the directory of pages; no page is decoded."""
    try:
        picture.seek(number)
    except Exception:  # noqa: BLE001 - it ends, or breaks off, before that page
        return False
    return True


def _count_frames(content: BinaryIO) -> None:
    """Walk over the blocks of a GIF. Raises FileRefused for too many frames; one that breaks off has what it has."""
    content.seek(_GIF_HEADER)
    screen = content.read(_GIF_SCREEN)
    _skip_colours(content, screen[4] if len(screen) == _GIF_SCREEN else 0)
    frames = 0
    while mark := content.read(1):
        if mark == b"\x2c":
            frames += 1
            if frames > FRAMES_MOST:
                raise FileRefused(Refusal.PICTURE_SIZE)
            descriptor = content.read(9)
            _skip_colours(content, descriptor[8] if len(descriptor) == 9 else 0)
            content.read(1)
        elif mark == b"\x21":
            content.read(1)
        else:
            return
        while (size := content.read(1)) and size != b"\0":
            content.seek(size[0], 1)


def _skip_colours(content: BinaryIO, flags: int) -> None:
    if flags & 0x80:
        content.seek(3 * 2 ** ((flags & 7) + 1), 1)
