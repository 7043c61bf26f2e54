"""A text as sets of positions: which words stand where, and where sentences begin.

A set of positions is one integer, bit i for the i-th word. Finding a phrase is then a few shifts and ANDs,
whatever the text says: nothing here can backtrack, and the time is bounded by the length of the text times
the number of patterns.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from typing import NamedTuple

from messaging.safety.vocabulary import Vocabulary

# A number may carry a decimal part and a second number (190/115); other tokens are runs of letters, and marks.
TOKEN = re.compile(r"\d+(?:[.,]\d+)?(?:/\d+)?|[^\W\d_]+\d*|[.!?;](?=\s|$)|\n|[,:()]")
ENDS = frozenset(".!?;\n")
MARKS = frozenset(",:()")
# A pasted letter has line ends inside sentences: a long line that goes on in lower case.
WRAPPED = re.compile(r"(?<=[^\n]{50})\n(?=[a-záéíóúñ])")
ACCENTS = re.compile(r"[\u0300-\u036f\u00ad\u200b-\u200f\u2060\ufeff]")
APOSTROPHES = str.maketrans("", "", "'`\u2019\u2018\u00b4\u02bc")
SHORT_FORMS = (("a.m.", "am"), ("p.m.", "pm"), ("dr.", "dr"), ("o.k.", "ok"), ("vs.", "vs"))


class Part(NamedTuple):
    """Neighbouring words of a text, from `first` up to and without `last`."""

    first: int
    last: int

    @property
    def mask(self) -> int:
        """Return the positions as a set."""
        return (1 << self.last) - (1 << self.first)


@dataclass(slots=True)
class Reading:
    """The words of one text by position."""

    words: dict[str, int] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    meant: dict[str, tuple[str, ...]] = field(default_factory=dict)
    starts: int = 0
    lasts: int = 0
    commas: int = 0
    length: int = 0
    inside: int = 0
    longest: int = 1
    _links: dict[int, int] = field(default_factory=dict)

    def parts(self, least: int) -> list[Part]:
        """Return the text in parts of whole sentences, each of at least so many words but a last short one."""
        parts, first, mask = [], 0, self.starts
        while mask:
            start = (mask & -mask).bit_length() - 1
            mask &= mask - 1
            if start - first >= least:
                parts.append(Part(first, start))
                first = start
        if parts and self.length - first < least // 2:
            first = parts.pop().first
        return [*parts, Part(first, self.length)]

    def forward(self, mask: int) -> int:
        """Return the positions one further, within their sentences."""
        return (mask << 1) & self.inside

    def backward(self, mask: int) -> int:
        """Return the positions one before, within their sentences."""
        return (mask & self.inside) >> 1

    def ahead(self, mask: int, reach: int) -> int:
        """Return the positions and those up to `reach` words after them, within their sentences."""
        width, step = 0, 1
        while width < reach:
            step = min(step, reach - width)
            mask |= mask << step & self._linked(step)
            width += step
            step *= 2
        return mask

    def around(self, mask: int, reach: int) -> int:
        """Return the positions and those up to `reach` words before or after them, within their sentences."""
        width, step = 0, 1
        while width < reach:
            step = min(step, reach - width)
            linked = self._linked(step)
            mask |= mask << step & linked | (mask & linked) >> step
            width += step
            step *= 2
        return mask

    def _linked(self, distance: int) -> int:
        """Return the positions whose word so far before is in the same sentence."""
        links = self._links
        if distance not in links:
            half = distance // 2
            links[distance] = (
                self.inside if distance == 1 else self._linked(half) & self._linked(distance - half) << half
            )
        return links[distance]

    def near(self, mask: int, reach: int) -> int:
        """Return the positions within `reach` words, whatever sentence they are in."""
        if not mask:
            return 0
        step, width = 1, 0
        while width < reach:
            step = min(step, reach - width)
            mask |= mask << step | mask >> step
            width += step
            step *= 2
        return mask & ((1 << self.length) - 1)

    def whole_sentences(self, mask: int, *, previous: bool = False) -> int:
        """Return all positions of the sentences that hold one of these, and on request of those just before."""
        found = self._filled(mask)
        if previous and found:
            found |= self._filled((found & self.starts) >> 1)
        return found

    def _filled(self, mask: int) -> int:
        """Spread from these positions to both ends of their sentences, doubling the stride."""
        if not mask:
            return 0
        stride = 1
        while stride < self.longest:
            linked = self._linked(stride)
            mask |= mask << stride & linked | (mask & linked) >> stride
            stride *= 2
        return mask


def read(text: str, vocabulary: Vocabulary) -> Reading:
    """Split a text into words and say where each stands, misspelled ones also where the right one would."""
    reading = Reading()
    position = first = 0
    firsts: list[int] = []
    words = reading.words
    for token in TOKEN.findall(plain(text)):
        if token in ENDS:
            if position > first:
                firsts.append(first)
                reading.longest = max(reading.longest, position - first)
                first = position
        elif token in MARKS:
            reading.commas |= 1 << position
        else:
            words[token] = words.get(token, 0) | 1 << position
            reading.order.append(token)
            position += 1
    if position > first:
        firsts.append(first)
        reading.longest = max(reading.longest, position - first)
    reading.length = position
    reading.starts = sum(1 << first for first in firsts)
    reading.lasts = reading.starts >> 1 | (1 << position >> 1)
    reading.inside = ((1 << position) - 1) & ~reading.starts
    _add_likenesses(reading, vocabulary)
    return reading


def plain(text: str, *, wrapped: bool = True) -> str:
    """Return the text without case, accents, apostrophes and invisible marks; lines that only wrap are joined."""
    if wrapped and "\n" in text:
        text = WRAPPED.sub(" ", text)
    if not text.isascii():
        text = ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    text = text.casefold().translate(APOSTROPHES)
    for short, word in SHORT_FORMS:
        text = text.replace(short, word)
    return text


def _add_likenesses(reading: Reading, vocabulary: Vocabulary) -> None:
    words = reading.words
    for word, mask in list(words.items()):
        likenesses = tuple(vocabulary.likenesses(word))
        if likenesses:
            reading.meant[word] = likenesses
            for known in likenesses:
                words[known] = words.get(known, 0) | mask
