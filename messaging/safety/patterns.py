"""Patterns as people write them in the rules, and matching them against a reading.

chest pain          the words side by side
chest|heart pain    one of several words
bleed*              a word that begins so
@pain               any word or phrase of that list
#fever              a number of that class
@chest ..4 @pain    up to four words between
@chest ~6 @pain     at most six words before or after, in one sentence
a b // c d          both somewhere in the text
! no ..2 reason     a pattern that holds its own negation: a "no" around it is not asked about
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from messaging.safety.reading import Reading
from messaging.safety.vocabulary import Vocabulary


class PatternError(ValueError):
    """A pattern cannot be read. Raised when the rules are loaded, never while screening."""


class Step(NamedTuple):
    """One item of a pattern and how far it may stand from the one before."""

    names: tuple[str, ...]
    gap: int
    either_side: bool


@dataclass(frozen=True, slots=True)
class Part:
    """Steps in one sentence."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """Parts that must all be somewhere in the text."""

    parts: tuple[Part, ...]
    negation_is_own: bool = False


def compile_pattern(
    source: str, vocabulary: Vocabulary, lists: Iterable[str], negators: frozenset[str] = frozenset()
) -> Pattern:
    """Read a pattern and teach its words to the vocabulary. Raises PatternError."""
    parts = tuple(_part(part.split(), source) for part in source.split("//"))
    known = set(lists)
    for part in parts:
        for name in (name for step in part.steps for name in step.names):
            if name.startswith("@"):
                if name[1:] not in known:
                    raise PatternError(f"no list is called {name} in: {source}")
            elif name == "$":
                continue
            elif name.startswith("#") and name[1:] not in vocabulary.numbers:
                raise PatternError(f"no class of numbers is called {name} in: {source}")
            else:
                vocabulary.add(name)
    own = any(name in negators for part in parts for step in part.steps for name in step.names)
    return Pattern(parts, own)


def _part(items: list[str], source: str) -> Part:
    steps: list[Step] = []
    gap, either_side = 0, False
    for item in items:
        if item.startswith(("..", "~")):
            gap, either_side = int(item.lstrip(".~")), item.startswith("~")
            if not steps:
                raise PatternError(f"a distance needs a word before it in: {source}")
            continue
        steps.append(Step(tuple(item.split("|")), gap, either_side))
        gap, either_side = 0, False
    if not steps or gap:
        raise PatternError(f"a pattern begins and ends with a word: {source}")
    return Part(tuple(steps))


class Matcher:
    """Patterns against one reading. Lists are looked up once."""

    __slots__ = ("_found", "_lists", "reading")

    def __init__(self, reading: Reading, lists: Mapping[str, tuple[tuple[tuple[str, ...], ...], ...]]) -> None:
        self.reading = reading
        self._lists = lists
        self._found: dict[str, dict[int, int]] = {}

    def matches(self, pattern: Pattern, cancelled: int = 0) -> bool:
        """Tell whether every part is there, begun and ended outside the cancelled positions."""
        return all(self.ends(part, cancelled) for part in pattern.parts)

    def ends(self, part: Part, cancelled: int = 0) -> int:
        """Return the positions where the part ends."""
        first, *rest = part.steps
        found = 0
        for length, ends in self._item(first.names).items():
            found |= ends & ~(cancelled << (length - 1)) & ~cancelled
        for step in rest:
            if not found:
                return 0
            found = self._continued(found, step)
        return found & ~cancelled

    def _continued(self, found: int, step: Step) -> int:
        if step.names == ("$",):
            return found & self.reading.lasts
        items = self._item(step.names)
        if not items:
            return 0
        if step.either_side:
            reach = self.reading.around(found, step.gap)
        else:
            reach = self.reading.forward(found)
            for _ in range(step.gap):
                reach |= self.reading.forward(reach)
        result = 0
        for length, ends in items.items():
            result |= ((reach << (length - 1)) & ends) if length > 1 else reach & ends
        return result

    def _item(self, names: tuple[str, ...]) -> dict[int, int]:
        """Return where one of the names ends, by how many words it has."""
        if len(names) == 1:
            return self._name(names[0])
        found: dict[int, int] = {}
        for name in names:
            for length, ends in self._name(name).items():
                found[length] = found.get(length, 0) | ends
        return found

    def _name(self, name: str) -> dict[int, int]:
        if not name.startswith("@"):
            ends = self.reading.words.get(name, 0)
            return {1: ends} if ends else {}
        return self.listed(name[1:])

    def words(self, name: str) -> int:
        """Return the positions of a list's single words."""
        return self.listed(name).get(1, 0)

    def listed(self, name: str) -> dict[int, int]:
        """Return where the phrases of a list end, by how many words they have."""
        if name not in self._found:
            self._found[name] = self._list(name)
        return self._found[name]

    def _list(self, name: str) -> dict[int, int]:
        words = self.reading.words
        found: dict[int, int] = {}
        for phrase in self._lists[name]:
            ends = 0
            for place, choices in enumerate(phrase):
                here = 0
                for choice in choices:
                    here |= words.get(choice, 0)
                ends = self.reading.forward(ends) & here if place else here
                if not ends:
                    break
            if ends:
                found[len(phrase)] = found.get(len(phrase), 0) | ends
        return found
