"""Reading a pasted or uploaded list: one veteran a line, by ICN. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

# As people copy it: in any case, with other columns beside it.
ICN = re.compile(r"(?<![0-9A-Z])[0-9]{10}V[0-9]{6}(?![0-9A-Z])")
HEADINGS = frozenset({"ICN", '"ICN"'})
LONGEST_LINE = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of the list: an ICN, or what could not be read as one."""

    given: str
    is_icn: bool


@dataclass(frozen=True, slots=True)
class Read:
    """The list in its order, each entry once; `repeated` counts what was there before."""

    lines: Sequence[Line]
    repeated: int


def read(text: str) -> Read:
    """Return every ICN of the text, and each line that has none."""
    lines: dict[Line, None] = {}
    repeated = 0
    for typed in text.replace("\N{ZERO WIDTH NO-BREAK SPACE}", "").splitlines():
        for line in _entries(typed.strip().upper()):
            repeated += line in lines
            lines[line] = None
    return Read(list(lines), repeated)


def _entries(typed: str) -> list[Line]:
    if not typed or typed.split(",", maxsplit=1)[0].strip() in HEADINGS:
        return []
    found = ICN.findall(typed)
    return [Line(icn, is_icn=True) for icn in found] or [Line(typed[:LONGEST_LINE], is_icn=False)]
