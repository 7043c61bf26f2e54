"""A conversation as a PDF that a screen reader can read (PDF/UA): tags, language, title, page numbers.

Typst sets it, in this process: no system package, no network, no file of ours but the template and the
fonts. It refuses a letter that no font has, so such a letter is named in words before (`Writable`).
"""

import json
import threading
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import typst
from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from fontTools.ttLib import TTFont

from messaging.library import cards
from messaging.records.transcript import Said, Transcript
from messaging.text import without_bidi_controls

TEMPLATE = Path(__file__).parent / "document.typ"
FAMILIES = ["Source Sans 3", "DejaVu Sans"]
STANDARD: Final = "ua-1"
# A longer word, mostly an address, may be broken anywhere, or it would run off the page.
LONGEST_WORD = 60
_ZERO_WIDTH_SPACE = "\u200b"
_PLACEHOLDER = "\u25a1"
_RIGHT_TO_LEFT = {"R", "AL"}
# The compiler is one object that keeps the fonts open; it sets one document at a time.
_lock = threading.Lock()


def as_pdf(transcript: Transcript) -> bytes:
    """Return the PDF. Neither its title nor its other metadata say more than the message number."""
    document = json.dumps(_document(transcript))
    with _lock:
        made = _compiler().compile(format="pdf", pdf_standards=[STANDARD], sys_inputs={"document": document})
    if not isinstance(made, bytes):
        raise TypeError("a PDF is one file")
    return made


@cache
def _compiler() -> typst.Compiler:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(settings.PDF_FONTS)])
    return typst.Compiler(str(TEMPLATE), root=str(TEMPLATE.parent), font_paths=fonts)


@cache
def _letters() -> frozenset[int]:
    """Return every character that one of the fonts can show."""
    known: set[int] = set()
    for path in settings.PDF_FONTS.glob("*.ttf"):
        with TTFont(path) as font:
            known.update(font.getBestCmap())
    return frozenset(known)


@dataclass
class Writable:
    """Turns typed text into text that the fonts have, and remembers whether a letter was lost."""

    lost: bool = field(default=False)

    def line(self, text: str) -> str:
        """Return one line: emoji that no font has in words, letters that none has as a box, long words breakable."""
        known = "".join(self._char(char) for char in without_bidi_controls(text))
        return " ".join(_breakable(word) for word in known.split(" "))

    def _char(self, char: str) -> str:
        if ord(char) in _letters() or char in "\t ":
            return char
        category = unicodedata.category(char)
        if category in {"Mn", "Cf", "Cc"}:
            return ""
        if category.startswith("S") and (name := unicodedata.name(char, "")):
            return f"[{name.lower()}]"
        self.lost = True
        return _PLACEHOLDER

    def paragraphs(self, text: str) -> list[dict[str, Any]]:
        """Return a text's paragraphs: their lines, and whether they read from right to left."""
        parts = [part.strip("\n").split("\n") for part in text.split("\n\n")]
        return [
            {"rtl": is_right_to_left("\n".join(lines)), "lines": [self.line(line) for line in lines]}
            for lines in parts
            if any(lines)
        ]


def is_right_to_left(text: str) -> bool:
    """Tell the direction of a text by its first letter that has one."""
    for char in text:
        direction = unicodedata.bidirectional(char)
        if direction == "L" or direction in _RIGHT_TO_LEFT:
            return direction != "L"
    return False


def _breakable(word: str) -> str:
    if len(word) <= LONGEST_WORD:
        return word
    return _ZERO_WIDTH_SPACE.join(word[at : at + LONGEST_WORD // 2] for at in range(0, len(word), LONGEST_WORD // 2))


def _document(transcript: Transcript) -> dict[str, Any]:
    text = Writable()
    document = {
        "title": _("Secure message %(number)s") % {"number": transcript.number},
        "language": get_language() or "en",
        "fonts": FAMILIES,
        "subject": text.paragraphs(transcript.subject)[0],
        "facts": _pairs(transcript.facts, text),
        "messages": [_message(said, text) for said in transcript.messages],
        "files": _("Files:"),
        "footer": _("Private: keep this copy where others can’t read it."),
        "page": _("Page {page} of {pages}"),
    }
    # After everything was turned: only then is it known.
    lost = _("Some letters can’t be shown in this PDF. They stand as %(box)s. The plain text download has them all.")
    return document | {"missing": lost % {"box": _PLACEHOLDER} if text.lost else None}


def _message(said: Said, text: Writable) -> dict[str, Any]:
    return {
        "author": text.line(said.author),
        "about": [said.sent, *(text.line(line) for line in said.about)],
        "form": {"label": said.guided.label, "answers": _pairs(said.guided.answers, text)} if said.guided else None,
        "body": text.paragraphs(said.body),
        "signature": text.paragraphs(said.signature),
        "legal": _pairs(said.legal_facts, text),
        "cards": text.paragraphs(cards.as_text(said.cards)),
        "files": [text.line(line) for line in said.files],
        "after": [text.line(line) for line in said.after],
    }


def _pairs(pairs: Iterable[tuple[str, str]], text: Writable) -> list[list[str]]:
    return [[text.line(term), text.line(value)] for term, value in pairs]
