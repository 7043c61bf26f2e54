"""A name is shown and offered for saving: it must be harmless everywhere."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.attachments.limits import NAME_MOST
from messaging.attachments.names import clean_name

NAMES = {
    "../../etc/passwd": "passwd",
    "..%2f..%2fetc.txt": ".._2f.._2fetc.txt".lstrip("."),
    "/etc/shadow.txt": "shadow.txt",
    "C:\\Users\\me\\photo.jpg": "photo.jpg",
    "C:photo.jpg": "C_photo.jpg",
    "a.pdf::$DATA": "a.pdf",
    "a.pdf. . ": "a.pdf",
    "PHOTO.JPG": "PHOTO.jpg",
    "a\x00.pdf": "a.pdf",
    "CON": "_CON",
    "nul.txt": "_nul.txt",
    "": "file",
    "...": "file",
    ".pdf": "pdf",
    ";rm -rf ..txt": "_rm -rf.txt",
    "$(id).txt": "$(id).txt",
    "--help": "--help",
    "-oX.txt": "-oX.txt",
    'a"b\r\nSet-Cookie: x.txt': "a_bSet-Cookie_ x.txt",
    "ann\u202egpj.exe.pdf": "anngpj.exe.pdf",
    "línea.txt": "línea.txt",
    "photo 😀.png": "photo 😀.png",
}


@pytest.mark.parametrize(("raw", "shown"), NAMES.items())
def test_a038_a039_a030_names_are_canonical(raw: str, shown: str) -> None:
    assert clean_name(raw) == shown


def test_a_name_of_400_characters_keeps_its_extension() -> None:
    name = clean_name("\u202e" + "x" * 400 + ".pdf")
    assert (len(name), name[-4:]) == (NAME_MOST, ".pdf")


@given(st.text(max_size=500))
def test_any_name_is_harmless_and_stays_the_same_when_cleaned_again(raw: str) -> None:
    name = clean_name(raw)
    assert 0 < len(name) <= NAME_MOST
    assert not any(char in '/\\<>:"|?*;%' or unicodedata.category(char).startswith("C") for char in name)
    assert name == name.strip(". ")
    assert clean_name(name) == name
