"""Names as matching compares them: without case, diacritics, spaces, punctuation (domain rules, section 2)."""

import hashlib
import unicodedata

# Letters that no decomposition takes apart; the casefold has made "ß" into "ss" already.
_PLAIN = str.maketrans(
    {
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ħ": "h",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
        "ŋ": "n",
        "ŧ": "t",
    }
)
# What the column and its index hold.
LONGEST = 400
_KEPT = 300


def match_name(first: str, last: str) -> str:
    """Return first and last name in the form in which two writings of one name are equal.

    The two parts stay apart, so that "Ann Alee" is not "Anna Lee". A name that is too long for the
    column ends in its own hash.
    """
    name = f"{_fold(first)}|{_fold(last)}"
    if len(name) <= LONGEST:
        return name
    return name[:_KEPT] + hashlib.sha256(name.encode()).hexdigest()


def _fold(text: str) -> str:
    # Folding can make new compositions and the other way round, so it is done on both sides.
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).translate(_PLAIN)
    return "".join(char for char in folded if char.isalnum())
