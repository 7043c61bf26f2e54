"""What a file is, is decided by what is in it; what hides something is refused with a reason."""

import io
import struct
import uuid
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.attachments import inspection, limits, pictures, zipped
from messaging.attachments.kinds import BY_EXTENSION
from messaging.attachments.names import clean_name
from messaging.attachments.refusals import FileRefused, Refusal
from messaging.attachments.segments import SegmentReader, SegmentWriter, new_key
from tests.messaging.attachments import making

BOMB = 200 * limits.MIB


def judged(content: bytes, name: str) -> inspection.Inspected:
    key, file_id, stored = new_key(), uuid.uuid4(), io.BytesIO()
    writer = SegmentWriter(stored, key, file_id)
    writer.write(content)
    writer.finish()

    def open_reader() -> SegmentReader:
        return SegmentReader(io.BytesIO(stored.getvalue()), key, file_id, len(content))

    return inspection.inspect(open_reader, clean_name(name), len(content))


def refusal(content: bytes, name: str) -> Refusal:
    with pytest.raises(FileRefused) as refused:
        judged(content, name)
    return refused.value.refusal


GOOD: list[tuple[str, bytes]] = [
    ("notes.txt", making.TEXT),
    ("readings.txt", b"BP 120/80\n" * 20),
    ("readings.txt", b'{"systolic": 120}'),
    ("notes.txt", "Está bien – «dolor».\n".encode()),
    ("notes.txt", "Wide".encode("utf-16")),
    ("letter.rtf", b"{\\rtf1\\ansi Hello}"),
    ("form.pdf", making.pdf()),
    ("form.docx", making.docx()),
    ("table.xlsx", making.zipped({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"})),
    ("talk.pptx", making.zipped({"[Content_Types].xml": b"<Types/>", "ppt/presentation.xml": b"<p/>"})),
    ("form.odt", making.odt()),
    ("a.jpg", making.picture("JPEG")),
    ("a.jpeg", making.picture("JPEG")),
    ("a.png", making.picture("PNG")),
    ("a.gif", making.picture("GIF")),
    ("a.bmp", making.picture("BMP")),
    ("a.tiff", making.picture("TIFF")),
    ("a.heic", making.picture("HEIF")),
    ("walk.mp4", making.mp4()),
    ("walk.mov", making.mp4(b"qt  ")),
]


@pytest.mark.parametrize(("name", "content"), GOOD, ids=[f"{at}-{name}" for at, (name, _) in enumerate(GOOD)])
def test_every_allowed_kind_is_taken_under_its_name(name: str, content: bytes) -> None:
    found = judged(content, name)
    assert (found.kind, found.name) == (BY_EXTENSION[name.rpartition(".")[2]], name)


def test_a_picture_under_another_picture_s_name_gets_the_right_one() -> None:
    assert judged(making.picture("PNG"), "photo.jpg").name == "photo.png"
    assert judged(making.picture("PNG"), "photo").name == "photo.png"


SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
HTML = b"<!DOCTYPE html><html><body onload=alert(1)>x</body></html>"
MHTML = b"From: <Saved by Blink>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\n" + HTML
LIES = {"svg": SVG, "html": HTML, "mhtml": MHTML, "xml": b"<?xml version='1.0'?><a/>", "swf": b"FWS\x08" + bytes(40)}


@pytest.mark.parametrize("named", ["jpg", "pdf", "txt", "docx"])
@pytest.mark.parametrize("lie", LIES)
def test_a035_active_content_under_a_harmless_name_is_refused(lie: str, named: str) -> None:
    assert refusal(LIES[lie], f"scan.{named}") in {Refusal.MISMATCH, Refusal.TYPE}


@pytest.mark.parametrize("name", ["page.html", "image.svg", "run.exe", "run.hta", "a.jpg.exe", "all.zip", "m.eml"])
def test_a035_other_types_are_refused_by_their_name_too(name: str) -> None:
    assert refusal(making.TEXT, name) is Refusal.TYPE


def test_a036_polyglots_are_only_what_they_are_declared_as() -> None:
    gif_js = making.picture("GIF") + b"/*"
    pdf_zip = making.pdf() + making.zipped({"a.html": HTML})
    assert judged(gif_js, "a.gif").kind.name == "gif"
    assert judged(pdf_zip, "a.pdf").kind.name == "pdf"
    assert refusal(gif_js, "a.txt") is Refusal.MISMATCH
    assert refusal(pdf_zip, "a.docx") is Refusal.MISMATCH


def test_a031_a_document_type_in_a_document_s_xml_is_refused_and_nothing_is_expanded() -> None:
    laughs = b"<!DOCTYPE l [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]><l>&b;</l>"
    outside = "<?xml version='1.0'?><!DOCTYPE d SYSTEM 'http://127.0.0.1:1/x.dtd'><d/>".encode("utf-16")
    for xml in (laughs, outside, b"<!--" + b"x" * limits.XML_PROLOG_MOST + b"-->" + laughs):
        assert refusal(making.docx(word__other=b"", **{"word__evil.xml": xml}), "a.docx") is Refusal.SCRIPT


def test_a041_containers_are_judged_by_their_directory() -> None:
    zeros = making.docx(**{"word__media.bin": bytes(BOMB)})
    assert len(zeros) < limits.MIB
    assert refusal(zeros, "a.docx") is Refusal.BOMB
    many = making.docx(**{f"word__{at}.bin": b"" for at in range(limits.MEMBERS_MOST)})
    assert refusal(many, "a.docx") is Refusal.BOMB


def test_a_chart_in_a_document_is_fine_and_an_archive_in_it_is_not() -> None:
    chart = making.zipped({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"})
    assert judged(making.docx(**{"word__embeddings__chart.xlsx": chart}), "a.docx")
    assert refusal(making.docx(**{"word__a.zip": making.zipped({"a.txt": b"a"})}), "a.docx") is Refusal.TYPE
    deep = making.docx(**{"word__b.docx": making.docx(**{"word__c.docx": making.docx()})})
    assert refusal(deep, "a.docx") is Refusal.BOMB


def test_macros_programs_and_passwords_are_refused() -> None:
    assert refusal(making.docx(**{"word__vbaProject.bin": b"x"}), "a.docx") is Refusal.MACROS
    assert refusal(making.docx(**{"word__run.bin": b"MZ\x90"}), "a.docx") is Refusal.MACROS
    assert refusal(b"{\\rtf1{\\object\\objdata 0105}}", "a.rtf") is Refusal.MACROS
    locked = bytearray(making.docx())
    at = locked.index(b"PK\x01\x02")
    locked[at + 8] |= 1
    assert refusal(bytes(locked), "a.docx") is Refusal.LOCKED


@pytest.mark.parametrize(
    "name",
    [b"/JavaScript", b"/J#61vaScript", b"/Rendition /JS (x)", b"/Launch", b"/EmbeddedFile", b"/XFA[", b"/XFA%\n["],
)
def test_a_pdf_with_a_script_or_a_file_in_it_is_refused(name: bytes) -> None:
    assert refusal(making.pdf(b"/OpenAction << /S " + name + b" >>"), "a.pdf") is Refusal.SCRIPT


def test_a_script_in_a_pdf_s_compressed_objects_is_found() -> None:
    import zlib

    packed = zlib.compress(b"1 0 << /S /JavaScript >>")
    stream = b"2 0 obj << /Type /ObjStm /Filter /FlateDecode >>\nstream\n" + packed + b"\nendstream endobj\n"
    for padding in (0, 256 * 1024 - 90, 300_000):
        whole = b"%PDF-1.5\n%" + b"x" * padding + b"\n" + stream + b"%%EOF"
        assert refusal(whole, "a.pdf") is Refusal.SCRIPT, padding


def test_three_bytes_of_a_scan_s_picture_are_no_script() -> None:
    picture = b"stream\n" + b"\x91/JS\x03" * 1000 + b"/JS (" + b"/XFA\x8e" * 1000 + b"\nendstream"
    assert judged(making.pdf() + picture, "a.pdf").kind.name == "pdf"


def test_a_locked_pdf_and_one_of_a_million_objects_are_refused() -> None:
    assert refusal(making.pdf(b"/Encrypt 2 0 R"), "a.pdf") is Refusal.LOCKED
    assert refusal(making.pdf() + b"1 0 obj\nendobj\n" * 1_000_000, "a.pdf") is Refusal.BOMB


def _png_of(width: int, height: int) -> bytes:
    small = bytearray(making.picture())
    small[16:24] = struct.pack(">LL", width, height)
    import zlib

    small[29:33] = struct.pack(">L", zlib.crc32(bytes(small[12:29])))
    return bytes(small)


def test_a042_a_huge_picture_is_refused_from_its_header() -> None:
    assert refusal(_png_of(50_000, 50_000), "a.png") is Refusal.PICTURE_SIZE
    assert refusal(_png_of(21_000, 10), "a.png") is Refusal.PICTURE_SIZE
    assert judged(_png_of(9_000, 9_000), "a.png")


def test_a042_a_gif_of_many_frames_is_refused() -> None:
    whole = making.picture("GIF")
    at = whole.index(b"\x2c", 13)
    frame = whole[at:-1]
    assert judged(whole[:at] + frame * limits.FRAMES_MOST + b";", "a.gif")
    assert refusal(whole[:at] + frame * (limits.FRAMES_MOST + 1) + b";", "a.gif") is Refusal.PICTURE_SIZE


BROKEN: list[tuple[str, Callable[[], bytes]]] = [
    ("a.docx", lambda: making.docx()[:-30]),
    ("a.png", lambda: making.picture()[:12]),
    ("a.doc", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
]


@pytest.mark.parametrize(("name", "broken"), BROKEN)
def test_what_breaks_off_is_refused(name: str, broken: Callable[[], bytes]) -> None:
    assert refusal(broken(), name) in {Refusal.DAMAGED, Refusal.TYPE, Refusal.MISMATCH}


@given(st.binary(max_size=300), st.sampled_from(sorted(BY_EXTENSION)), st.sampled_from([*GOOD, ("", b"")]), st.data())
def test_any_bytes_under_any_name_are_taken_or_refused(
    noise: bytes, ext: str, start: tuple[str, bytes], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(start[1])))
    content = start[1][:at] + noise + start[1][at + len(noise) :]
    try:
        found = judged(content, f"a.{ext}")
    except FileRefused:
        return
    assert found.name.rpartition(".")[2] in found.kind.extensions


def test_a_zip_that_lies_about_its_sizes_is_damaged() -> None:
    whole = bytearray(making.docx(**{"word__big.xml": b"<a>" + b" " * 5_000_000 + b"</a>"}))
    at = whole.rindex(b"PK\x01\x02")
    whole[at + 24 : at + 28] = struct.pack("<L", 10)
    with pytest.raises(FileRefused), zipfile.ZipFile(io.BytesIO(bytes(whole))) as archive:
        zipped._first(archive, archive.infolist()[-1], 100)
        zipped.check(io.BytesIO(bytes(whole)))


def test_another_format_is_not_even_tried() -> None:
    with pytest.raises(FileRefused):
        pictures.opened(io.BytesIO(making.picture("PNG")), "jpg")
