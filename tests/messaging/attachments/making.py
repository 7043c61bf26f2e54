"""Files made by code, and what the tests of attachments do with them."""

import io
import struct
import uuid
import zipfile

from PIL import Image

from messaging.attachments import actions
from messaging.attachments.baskets import Basket, basket_of
from messaging.attachments.uploads import sealed
from messaging.models import Attachment
from smportal.actor import Actor

TEXT = b"Blood pressure this week: 120/80, 118/79, 121/82.\n"


def picture(form: str = "PNG", size: tuple[int, int] = (40, 30), **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, form, **options)
    return out.getvalue()


def pdf(extra: bytes = b"") -> bytes:
    return b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog " + extra + b" >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"


def zipped(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def docx(**more: bytes) -> bytes:
    parts = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w:document xmlns:w='w'/>"}
    return zipped(parts | {name.replace("__", "/"): content for name, content in more.items()})


def odt() -> bytes:
    return zipped({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<office/>"})


def mp4(brand: bytes = b"isom") -> bytes:
    return struct.pack(">L", 24) + b"ftyp" + brand + struct.pack(">L", 512) + brand + b"mp41" + b"\0\0\0\x08free"


def add(actor: Actor, basket: Basket, content: bytes = TEXT, name: str = "notes.txt") -> Attachment:
    return actions.add(actor=actor, basket=basket, upload=sealed(content, name))


def draft_basket(actor: Actor) -> Basket:
    return basket_of(actor, uuid.uuid4(), None)
