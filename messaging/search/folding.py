"""Text as search compares it: without case, accents, apostrophes and invisible marks.

Folding works letter by letter, so that a hit in the folded text has its place in the text as it was written.
"""

import unicodedata

# "don’t" is found by "dont", "O'Brien" by "obrien".
_APOSTROPHES = frozenset("'\N{RIGHT SINGLE QUOTATION MARK}\N{LEFT SINGLE QUOTATION MARK}\N{MODIFIER LETTER APOSTROPHE}")
_DROPPED = frozenset({"Mn", "Cf"})
# Letters of the scripts that people write here; what lies above is folded each time, so that memory stays bounded.
_KEPT_BELOW = 0x3000


class _Table(dict[int, str]):
    """A translation table that folds a letter when it first meets it."""

    def __missing__(self, code: int) -> str:
        folded = _fold_letter(chr(code))
        if code < _KEPT_BELOW:
            self[code] = folded
        return folded


def _fold_letter(char: str) -> str:
    if char in _APOSTROPHES:
        return ""
    # Folding case can make new compositions and the other way round, so it is taken apart on both sides.
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())
    return "".join(part for part in parts if unicodedata.category(part) not in _DROPPED)


_TABLE = _Table()


def fold(text: str) -> str:
    """Return the text as it is compared."""
    if text.isascii():
        return text.lower().replace("'", "")
    return text.translate(_TABLE)


def fold_with_places(text: str) -> tuple[str, list[int]]:
    """Return the folded text and, for each of its letters, the place in `text` that it comes from."""
    folded: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        piece = _TABLE[ord(char)]
        folded.append(piece)
        places += [place] * len(piece)
    return "".join(folded), places
