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

# The end of a sentence.
END = "$"


class PatternError(ValueError):
    """A pattern cannot be read. Raised when the rules are loaded, never while screening."""


class Step(NamedTuple):
    """One item of a pattern and how far it may stand from the one before."""

    words: frozenset[str]
    lists: tuple[str, ...]
    gap: int
    either_side: bool


Phrase = tuple[tuple[str, ...], ...]


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
    for step in (step for part in parts for step in part.steps):
        if unknown := set(step.lists) - known:
            raise PatternError(f"no list is called {sorted(unknown)} in: {source}")
        for word in step.words - {END}:
            if word.startswith("#") and word[1:] not in vocabulary.numbers:
                raise PatternError(f"no class of numbers is called {word} in: {source}")
            vocabulary.add(word)
    own = any(step.words & negators for part in parts for step in part.steps)
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
        names = item.split("|")
        words = frozenset(name for name in names if not name.startswith("@"))
        steps.append(Step(words, tuple(name[1:] for name in names if name.startswith("@")), gap, either_side))
        gap, either_side = 0, False
    if not steps or gap:
        raise PatternError(f"a pattern begins and ends with a word: {source}")
    return Part(tuple(steps))


class PhraseList:
    """The phrases of a list, found by their first words."""

    __slots__ = ("_starting", "firsts")

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self._starting: dict[str, list[Phrase]] = {}
        for phrase in phrases:
            for word in phrase[0]:
                self._starting.setdefault(word, []).append(phrase)
        self.firsts = frozenset(self._starting)

    def find(self, reading: Reading, present: frozenset[str]) -> dict[int, int]:
        """Return where the phrases end, by how many words they have."""
        words = reading.words
        found: dict[int, int] = {}
        for first in self.firsts & present:
            for phrase in self._starting[first]:
                ends = words[first]
                for choices in phrase[1:]:
                    here = 0
                    for choice in choices:
                        here |= words.get(choice, 0)
                    ends = reading.forward(ends) & here
                    if not ends:
                        break
                if ends:
                    found[len(phrase)] = found.get(len(phrase), 0) | ends
        return found


class Matcher:
    """Patterns against one reading. Lists are looked up once."""

    __slots__ = ("_found", "_lists", "_present", "reading")

    def __init__(self, reading: Reading, lists: Mapping[str, PhraseList]) -> None:
        self.reading = reading
        self._lists = lists
        self._present = frozenset(reading.words)
        self._found: dict[str, dict[int, int]] = {}

    def matches(self, pattern: Pattern, cancelled: int = 0) -> bool:
        """Tell whether every part is there, begun and ended outside the cancelled positions."""
        for part in pattern.parts:  # noqa: SIM110 - asked 800 times a text: a generator costs more than the answer
            if not self.ends(part, cancelled):
                return False
        return True

    def ends(self, part: Part, cancelled: int = 0) -> int:
        """Return the positions where the part ends."""
        first, *rest = part.steps
        # Most patterns end here: their first or second word is nowhere in the text.
        for step in part.steps:
            if step.words.isdisjoint(self._present) and not self._stands_in_lists(step):
                return 0
        found = 0
        for length, ends in self._item(first).items():
            found |= ends & ~(cancelled << (length - 1)) & ~cancelled
        for step in rest:
            if not found:
                return 0
            found = self._continued(found, step)
        return found & ~cancelled

    def words(self, name: str) -> int:
        """Return the positions of a list's single words."""
        return self.listed(name).get(1, 0)

    def listed(self, name: str) -> dict[int, int]:
        """Return where the phrases of a list end, by how many words they have."""
        if name not in self._found:
            self._found[name] = self._lists[name].find(self.reading, self._present)
        return self._found[name]

    def _stands_in_lists(self, step: Step) -> bool:
        return END in step.words or any(self.listed(name) for name in step.lists)

    def _continued(self, found: int, step: Step) -> int:
        at_end = found & self.reading.lasts if END in step.words else 0
        if step.either_side:
            reach = self.reading.around(found, step.gap)
        else:
            reach = self.reading.forward(found)
            for _ in range(step.gap):
                reach |= self.reading.forward(reach)
        result = at_end
        for length, ends in self._item(step).items():
            result |= ((reach << (length - 1)) & ends) if length > 1 else reach & ends
        return result

    def _item(self, step: Step) -> dict[int, int]:
        """Return where one of the names ends, by how many words it has."""
        if not step.words and len(step.lists) == 1:
            return self.listed(step.lists[0])
        words = self.reading.words
        ends = 0
        for word in step.words & self._present:
            ends |= words[word]
        found = {1: ends}
        for name in step.lists:
            for length, more in self.listed(name).items():
                found[length] = found.get(length, 0) | more
        return found
