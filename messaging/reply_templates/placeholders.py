"""Placeholders of a template: a fixed list, put in place once, never evaluated.

`{first_name}` is replaced; `{{` and `}}` stand for a brace. What is put in is not looked at again, so a name that
itself looks like a placeholder stays a name. Everything else is plain text: nothing here knows of HTML or code.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from smportal.errors import InvalidInput

# What each stands for, for the page that lists them.
MEANINGS: Final = {
    "first_name": "The veteran’s preferred name, or else first name",
    "veteran_name": "The veteran’s full name",
    "team": "Your team’s name, as veterans see it",
    "team_phone": "Your team’s phone number, or else the facility’s",
    "facility": "The facility’s name",
    "facility_phone": "The facility’s phone number",
    "my_name": "Your name",
    "my_title": "Your title",
}
# Where nothing is known, so that it is seen before it is sent.
BLANK: Final = "_____"

_PIECE = re.compile(r"\{\{|\}\}|\{(?P<name>[^{}\n]*)\}|[{}]")
# Other systems write two braces: here that would send the name of the placeholder to the veteran.
_DOUBLED = re.compile(r"\{\{\s*(" + "|".join(MEANINGS) + r")\s*\}\}")


@dataclass(frozen=True, slots=True)
class Filled:
    """A text with its values in place, and the placeholders for which there was none."""

    text: str
    missing: tuple[str, ...] = ()


def check(text: str, *, field: str) -> None:
    """Raise InvalidInput (naming the field and the line) for what is neither a placeholder nor a doubled brace."""
    doubled = _DOUBLED.search(text)
    if doubled:
        name = doubled.group(1)
        raise _wrong(text, doubled.start(), f"Write {{{name}}} with one brace on each side", "doubled", field)
    for piece in _PIECE.finditer(text):
        name = piece.group("name")
        if name is not None and name not in MEANINGS:
            known = ", ".join(f"{{{each}}}" for each in MEANINGS)
            raise _wrong(text, piece.start(), f"There is no {{{name}}}. You can use {known}", "placeholder", field)
        if piece.group() in {"{", "}"}:
            reason = f"A “{piece.group()}” stands alone. Write it twice to mean a brace"
            raise _wrong(text, piece.start(), reason, "brace", field)


def _wrong(text: str, place: int, reason: str, code: str, field: str) -> InvalidInput:
    line = text.count("\n", 0, place) + 1
    return InvalidInput(f"Line {line}: {reason}.", code=code, field=field)


def filled(text: str, values: Mapping[str, str]) -> Filled:
    """Return the text with these values in place of its placeholders."""
    missing: dict[str, None] = {}

    def put(piece: re.Match[str]) -> str:
        name = piece.group("name")
        if name not in MEANINGS:
            # A doubled brace; anything else was refused when the template was saved.
            return {"{{": "{", "}}": "}"}.get(piece.group(), piece.group())
        if not values.get(name):
            missing[name] = None
        return values.get(name) or BLANK

    return Filled(_PIECE.sub(put, text), tuple(missing))
