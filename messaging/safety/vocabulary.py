"""The words that the rules know, and which of them a written word may stand for."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

# Shorter words have too many innocent neighbours (chest and chess).
FUZZY_LEAST = 7
SOUND_LEAST = 5
SWAP_LEAST = 4
STEM_LEAST = 3
# A letter held down: "heeelp", "muuucho".
DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}")
LONGEST = 24
LONGEST_PARTED = 120
# Whole numbers below this are looked up once; what was looked up for a message is never kept.
COMMON_NUMBERS = 1000
NONE: frozenset[str] = frozenset()
# How Spanish is written by ear: h is silent; b and v, s, z and soft c, y and ll sound the same.
SOUNDS = (("h", ""), ("v", "b"), ("z", "s"), ("ce", "se"), ("ci", "si"), ("ll", "y"), ("qu", "k"), ("c", "k"))

SOUND_LETTERS = frozenset("hvzclq")


@dataclass(frozen=True, slots=True)
class NumberClass:
    """Numbers that mean something beside the right word: `second` is the one after a slash."""

    least: float
    most: float
    slashed: bool = False
    second_least: float = 0

    def holds(self, number: float, second: float | None) -> bool:
        """Tell whether a number as written is one of these."""
        if self.slashed:
            return second is not None and (self.least <= number <= self.most or self.second_least <= second <= 200)
        return second is None and self.least <= number <= self.most


@dataclass(slots=True)
class Vocabulary:
    """Words in plain form, beginnings of words (written with *), and classes of numbers (written with #)."""

    exact: set[str] = field(default_factory=set)
    numbers: dict[str, NumberClass] = field(default_factory=dict)
    never_misspelled: frozenset[str] = frozenset()
    _stems: dict[str, set[str]] = field(default_factory=dict)
    spellings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _swapped: dict[str, set[str]] = field(default_factory=dict)
    _settled: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _deletions: dict[str, set[str]] = field(default_factory=dict)
    _sounds: dict[str, set[str]] = field(default_factory=dict)
    _shapes: set[str] = field(default_factory=set)

    def add(self, word: str, *, spanish: bool = False) -> None:
        """Learn a word of a pattern."""
        if word.startswith("#"):
            return
        if word.endswith("*"):
            self._stems.setdefault(word[:STEM_LEAST], set()).add(word[:-1])
            return
        self.exact.add(word)
        if len(word) >= FUZZY_LEAST:
            self._shapes.update(shapes(word))
            for shorter in (word, *deletions(word)):
                self._deletions.setdefault(shorter, set()).add(word)
        elif len(word) >= SWAP_LEAST:
            for swapped in swaps(word):
                self._swapped.setdefault(swapped, set()).add(word)
        if spanish and len(word) >= SOUND_LEAST:
            self._sounds.setdefault(sound(word), set()).add(word)

    def likenesses(self, words: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return for each word the entries, other than itself, that it counts as; without the words that have none."""
        settled, found = self._settled, {}
        for word in words:
            entries = settled.get(word)
            if entries is None:
                entries = self._looked_up(word)
            if entries:
                found[word] = entries
        return found

    def _looked_up(self, word: str) -> tuple[str, ...]:
        if word[0].isdecimal():
            return tuple(self._classes(word))
        found = self._surely(word)
        if DRAWN_OUT.search(word):
            found |= {
                drawn for drawn in (DRAWN_OUT.sub(r"\1", word), DRAWN_OUT.sub(r"\1\1", word)) if drawn in self.exact
            }
        # A "word" of 10,000 letters costs no more than one of twenty.
        if SOUND_LEAST - 1 <= len(word) <= LONGEST:
            found |= self._sounds.get(sound(word), NONE)
            found |= self._swapped.get(word, NONE)
            if len(word) >= FUZZY_LEAST - 1:
                found |= self._misspelled(word)
        return tuple(found)

    def parted(self, letters: str) -> str:
        """Return words that were written without gaps, `iwanttodie`, as the fewest known words; else as it came."""
        if len(letters) > LONGEST_PARTED:
            return letters
        exact, whole = self.exact, len(letters)
        # For each place that words reach: how few, and where the last of them begins.
        fewest, begins = {0: 0}, {0: 0}
        for end in range(1, whole + 1):
            for start in range(max(0, end - LONGEST), end):
                if start in fewest and letters[start:end] in exact and fewest[start] + 1 < fewest.get(end, whole + 1):
                    fewest[end], begins[end] = fewest[start] + 1, start
        if whole not in fewest:
            return letters
        words, end = [], whole
        while end:
            words.append(letters[begins[end] : end])
            end = begins[end]
        return " ".join(reversed(words))

    def settle(self, common: Iterable[str] = ()) -> None:
        """Look up once the words that are meant as they are written, other common ones and small numbers.

        To be called when all words are learned.
        """
        written = {word for word in self.exact | self.never_misspelled if not word[0].isdecimal()}
        likenesses = {word: self._looked_up(word) for word in (*common, *map(str, range(COMMON_NUMBERS)))}
        self._settled = likenesses | {word: tuple(self._surely(word)) for word in written}

    def _surely(self, word: str) -> set[str]:
        """Return the beginnings of words that this one has, and what a known spelling of it means."""
        stems = self._stems.get(word[:STEM_LEAST])
        found = {f"{stem}*" for stem in stems if word.startswith(stem)} if stems else set()
        found.update(self.spellings.get(word, ()))
        return found

    def _misspelled(self, word: str) -> set[str]:
        """Return words one letter away: left out, added, changed or swapped with its neighbour."""
        if self._shapes.isdisjoint(shapes(word)):
            return set()
        near = self._deletions
        found: set[str] = set()
        for key in near.keys() & {word, *deletions(word)}:
            found |= near[key]
        return {known for known in found if known[0] == word[0]}

    def _classes(self, word: str) -> Iterator[str]:
        top, _, bottom = word.replace(",", ".").partition("/")
        if len(word) > 12:
            return
        number, second = float(top), float(bottom) if bottom else None
        for name, numbers in self.numbers.items():
            if numbers.holds(number, second):
                yield f"#{name}"


def shapes(word: str) -> tuple[str, ...]:
    """Return the first, second and last letters that a word may have once one letter is left out.

    Words that can be one letter away have one in common, and most words that nobody knows have none with any.
    """
    first, second, third, last, before = word[0], word[1], word[2], word[-1], word[-2]
    return first + second + last, first + third + last, first + second + before, first + third + before


def deletions(word: str) -> list[str]:
    """Return the word with each one of its letters left out but the first."""
    return [word[:place] + word[place + 1 :] for place in range(1, len(word))]


def swaps(word: str) -> list[str]:
    """Return the word with two neighbours swapped, its first letter kept: `pian` is met as `pain`."""
    return [word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(1, len(word) - 1)]


def sound(word: str) -> str:
    """Return how a Spanish word sounds, so that `aogo` meets `ahogo`."""
    if SOUND_LETTERS.isdisjoint(word):
        return word
    for written, heard in SOUNDS:
        word = word.replace(written, heard)
    return word
