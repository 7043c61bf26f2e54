"""Patterns as people write them in the rules, and matching them against a reading.

chest pain          the words side by side
chest|heart pain    one of several words; a phrase among them is written a_b
bleed*              a word that begins so
@pain               any word or phrase of that list
#fever              a number of that class
@chest ..4 @pain    up to four words between
@chest ~6 @pain     at most six words before or after, in one sentence
$                   the end of the sentence, as an item
no ..2 reason       a pattern with a word of denial in it: a "no" around it is not asked about
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from messaging.safety.reading import Reading
from messaging.safety.vocabulary import Vocabulary

# The end of a sentence.
END = "$"
NOTHING: Mapping[int, int] = {}


class PatternError(ValueError):
    """A pattern cannot be read. Raised when the rules are loaded, never while screening."""


class Step(NamedTuple):
    """One item of a pattern, words and @lists, and how far it may stand from the one before."""

    names: frozenset[str]
    gap: int
    either_side: bool


Phrase = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """Steps in one sentence."""

    steps: tuple[Step, ...]
    names: tuple[frozenset[str], ...]
    negation_is_own: bool = False

    @property
    def rarest(self) -> frozenset[str]:
        """Return the names of the step that fewest texts hold, by how many names it has."""
        return min(self.names, key=len)


def compile_pattern(
    source: str, vocabulary: Vocabulary, lists: Iterable[str], negators: frozenset[str] = frozenset()
) -> Pattern:
    """Read a pattern and teach its words to the vocabulary. Raises PatternError."""
    steps = _steps(source.split(), source)
    known = set(lists)
    for step in steps:
        words = {name for name in step.names if not name.startswith("@")}
        if unknown := {name[1:] for name in step.names - words} - known:
            raise PatternError(f"no list is called {sorted(unknown)} in: {source}")
        for word in words - {END}:
            if word.startswith("#") and word[1:] not in vocabulary.numbers:
                raise PatternError(f"no class of numbers is called {word} in: {source}")
            vocabulary.add(word)
    return Pattern(steps, tuple(step.names for step in steps), any(step.names & negators for step in steps))


def _steps(items: list[str], source: str) -> tuple[Step, ...]:
    steps: list[Step] = []
    gap, either_side = 0, False
    for item in items:
        if item.startswith(("..", "~")):
            gap, either_side = int(item.lstrip(".~")), item.startswith("~")
            if not steps:
                raise PatternError(f"a distance needs a word before it in: {source}")
            continue
        steps.append(Step(frozenset(item.split("|")), gap, either_side))
        gap, either_side = 0, False
    if not steps or gap:
        raise PatternError(f"a pattern begins and ends with a word: {source}")
    return tuple(steps)


class Block:
    """Patterns that mean one thing, by the words that each cannot do without."""

    __slots__ = ("_by_name", "_names", "patterns")

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self.patterns = tuple(patterns)
        self._by_name: dict[str, list[int]] = {}
        for number, pattern in enumerate(self.patterns):
            for name in pattern.rarest:
                self._by_name.setdefault(name, []).append(number)
        self._names = frozenset(self._by_name)

    def possible(self, present: frozenset[str]) -> Iterable[Pattern]:
        """Return the patterns of which the rarest step is present: most texts hold nothing of most patterns."""
        shared = self._names & present
        if not shared:
            return ()
        numbers = {number for name in shared for number in self._by_name[name]}
        return [self.patterns[number] for number in numbers]


class Phrases:
    """The phrases of all lists as one tree of words, so that what begins alike is looked for once."""

    __slots__ = ("_root",)

    def __init__(self, lists: Mapping[str, Iterable[Phrase]]) -> None:
        self._root = _Node(0)
        for name, phrases in lists.items():
            for phrase in phrases:
                self._root.grow(phrase, name)
        self._root.close()

    def find(self, reading: Reading, present: frozenset[str]) -> dict[str, dict[int, int]]:
        """Return for each list where its phrases end, by how many words they have."""
        words, inside, root = reading.words, reading.inside, self._root.children
        ended: dict[tuple[str, int], int] = {}
        waiting = [(root[first], words[first]) for first in self._root.words & present]
        for node, ends in waiting:
            for key in node.lists:
                ended[key] = ended.get(key, 0) | ends
            following = node.words
            if following and (after := (ends << 1) & inside):
                waiting += [
                    (node.children[word], further) for word in following & present if (further := after & words[word])
                ]
        found: dict[str, dict[int, int]] = {}
        for (name, length), ends in ended.items():
            found.setdefault(name, {})[length] = ends
        return found


class _Node:
    """Where a phrase has come to after so many words, and the lists that hold it as it stands, with that number."""

    __slots__ = ("children", "length", "lists", "words")

    def __init__(self, length: int) -> None:
        self.length = length
        self.children: dict[str, _Node] = {}
        self.lists: list[tuple[str, int]] = []
        self.words: frozenset[str] = frozenset()

    def close(self) -> None:
        """Keep the words as a set: what it shares with a text is found by the smaller of the two."""
        self.words = frozenset(self.children)
        for child in self.children.values():
            child.close()

    def grow(self, phrase: Phrase, name: str) -> None:
        if not phrase:
            if (name, self.length) not in self.lists:
                self.lists.append((name, self.length))
            return
        for word in phrase[0]:
            self.children.setdefault(word, _Node(self.length + 1)).grow(phrase[1:], name)


class Matcher:
    """Patterns against one reading. Lists are looked up once."""

    __slots__ = ("_found", "_items", "_present", "reading")

    def __init__(self, reading: Reading, phrases: Phrases) -> None:
        self.reading = reading
        words = frozenset(reading.words)
        self._found = phrases.find(reading, words)
        self._items: dict[frozenset[str], tuple[int, list[tuple[int, int]]]] = {}
        self._present = words | {f"@{name}" for name in self._found} | {END}

    def ends_of_any(self, block: "Block", cancelled: int, own_cancelled: int) -> int:
        """Return where any pattern of a block ends; those that hold a denial heed other cancelled positions."""
        found = 0
        for pattern in block.possible(self._present):
            found |= self.ends(pattern, own_cancelled if pattern.negation_is_own else cancelled)
        return found

    def ends(self, pattern: Pattern, cancelled: int = 0) -> int:
        """Return where the pattern ends, when it begins and ends outside the cancelled positions."""
        present = self._present
        for names in pattern.names:
            if names.isdisjoint(present):
                return 0
        single, longer = self._item(pattern.names[0])
        found = single & ~cancelled if cancelled else single
        for length, ends in longer:
            found |= ends & ~(cancelled << (length - 1) | cancelled)
        for step in pattern.steps[1:]:
            if not found:
                return 0
            found = self._continued(found, *step)
        return found & ~cancelled

    def words(self, name: str) -> int:
        """Return the positions of a list's single words."""
        return self.listed(name).get(1, 0)

    def lists(self) -> Iterable[tuple[str, int]]:
        """Return the lists of which the text holds something, and where their phrases end."""
        for name, by_length in self._found.items():
            where = 0
            for ends in by_length.values():
                where |= ends
            yield name, where

    def listed(self, name: str) -> Mapping[int, int]:
        """Return where the phrases of a list end, by how many words they have."""
        return self._found.get(name, NOTHING)

    def _continued(self, found: int, names: frozenset[str], gap: int, either_side: bool) -> int:
        reading = self.reading
        result = found & reading.lasts if END in names else 0
        if either_side:
            reach = reading.around(found, gap)
        else:
            reach = (found << 1) & reading.inside
            if gap:
                reach = reading.ahead(reach, gap)
        single, longer = self._item(names)
        result |= reach & single
        for length, ends in longer:
            result |= (reach << (length - 1)) & ends
        return result

    def _item(self, names: frozenset[str]) -> tuple[int, list[tuple[int, int]]]:
        """Return where a word among the names stands, and where their longer phrases end by how many words they have."""
        known = self._items.get(names)
        if known is not None:
            return known
        words = self.reading.words
        single, longer = 0, []
        for name in names & self._present:
            if name in words:
                single |= words[name]
            elif name != END:
                for length, ends in self._found[name[1:]].items():
                    if length == 1:
                        single |= ends
                    else:
                        longer.append((length, ends))
        self._items[names] = single, longer
        return single, longer
