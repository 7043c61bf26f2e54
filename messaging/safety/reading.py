"""A text as sets of positions: which words stand where, and where sentences begin.

A set of positions is one integer, bit i for the i-th word. Finding a phrase is then a few shifts and ANDs,
whatever the text says: nothing here can backtrack, and the time is bounded by the length of the text times
the number of patterns.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from messaging.safety.vocabulary import Vocabulary

# A number may carry a decimal part and a second number (190/115); other tokens are runs of letters, and marks.
TOKEN = re.compile(r"[^\W\d_]+\d*|[,:()\n]|[.!?;](?=\s|$)|\d+(?:[.,]\d+)?(?:/\d+)?")
ENDS = frozenset(".!?;\n")
LINE_ENDS = frozenset("\n")
MARKS = frozenset(",:()")
# A pasted letter has line ends inside sentences: a long line that goes on in lower case.
WRAPPED = re.compile(r"\n(?<=[^\n]{50}\n)(?=[a-záéíóúñ])")
# Accents, and marks that nobody sees: soft hyphens, joiners, direction marks, variation selectors.
ACCENTS = re.compile(
    r"[\u0300-\u036f\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]"
)
APOSTROPHES = str.maketrans("", "", "'`\u2019\u2018\u00b4\u02bc\u02b9\u2032\uff07")
# Letters of other alphabets that look like ours, as copied text and some keyboards bring them.
LOOKALIKES = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0445\u0443\u0456\u0458\u0455\u04bb\u0501\u051b\u051d\u043c\u0442\u043d\u043a\u0432"
    "\u03b1\u03bf\u03b5\u03b9\u03ba\u03bd\u03c1\u03c4\u03c5\u03c7\u0131\u0269\u0261",
    "aeopcxyijshdqwmthkbaoeikvptuxiig",
)
# How many letters standing alone in a row are one word written with gaps: "h e l p".
SPACED_LEAST = 3
SPACED = re.compile(r"(?<![^\W_])[^\W\d_](?:[ .*_-]{1,3}[^\W\d_](?![^\W_])){2,}")
GAP = re.compile(r"(?<=\w)[ .*_-](?=\w)")
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
    lines: int = 0
    commas: int = 0
    length: int = 0
    inside: int = 0
    longest: int = 1
    _links: dict[int, int] = field(default_factory=dict)

    def parts(self, least: int) -> list[Part]:
        """Return a text of more words than these in parts: its lines, and long lines by whole sentences."""
        if self.length <= least:
            return [Part(0, self.length)]
        cuts = [0]
        starts = self.starts & ~1
        while starts:
            start = (starts & -starts).bit_length() - 1
            starts &= starts - 1
            if self.lines >> start & 1 or start - cuts[-1] >= least:
                cuts.append(start)
        return [Part(*cut) for cut in pairwise([*cuts, self.length])]

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
    written = plain(text)
    reading = _placed(TOKEN.findall(written))
    if _holds_spaced(reading.words):
        closed = _Closing(vocabulary)
        reading = _placed(TOKEN.findall(SPACED.sub(lambda run: closed(run.group()), written)))
    _add_likenesses(reading, vocabulary)
    return reading


def _placed(tokens: Iterable[str]) -> Reading:
    reading = Reading()
    position = first = 0
    firsts: list[int] = []
    words, order = reading.words, reading.order
    for token in tokens:
        if token in ENDS:
            if token in LINE_ENDS:
                reading.lines |= 1 << position
            if position > first:
                firsts.append(first)
                reading.longest = max(reading.longest, position - first)
                first = position
        elif token in MARKS:
            reading.commas |= 1 << position
        else:
            words[token] = words.get(token, 0) | 1 << position
            order.append(token)
            position += 1
    if position > first:
        firsts.append(first)
        reading.longest = max(reading.longest, position - first)
    reading.length = position
    reading.starts = sum(1 << first for first in firsts)
    reading.lasts = reading.starts >> 1 | (1 << position >> 1)
    reading.inside = ((1 << position) - 1) & ~reading.starts
    return reading


class _Closing:
    """Takes away the gaps between letters; wider gaps stand between words, or else the words are guessed, each once."""

    __slots__ = ("_parted", "_vocabulary")

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._parted: dict[str, str] = {}

    def __call__(self, run: str) -> str:
        words, parted = GAP.sub("", run).split(), self._parted
        for word in set(words) - parted.keys():
            parted[word] = self._vocabulary.parted(word)
        return " ".join(map(parted.__getitem__, words))


def _holds_spaced(words: Mapping[str, int]) -> bool:
    """Tell whether so many letters stand alone in a row that they must be a word."""
    letters = 0
    for word, where in words.items():
        if len(word) == 1 and word.isalpha():
            letters |= where
    for _ in range(SPACED_LEAST - 1):
        letters &= letters >> 1
    return bool(letters)


def plain(text: str, *, wrapped: bool = True) -> str:
    """Return the text without case, accents, apostrophes and invisible marks; lines that only wrap are joined."""
    if wrapped and "\n" in text:
        text = WRAPPED.sub(" ", text)
    if not text.isascii():
        text = ACCENTS.sub("", unicodedata.normalize("NFKD", text))
        text = text.casefold().translate(LOOKALIKES)
    text = text.lower().translate(APOSTROPHES)
    for short, word in SHORT_FORMS:
        text = text.replace(short, word)
    return text


def _add_likenesses(reading: Reading, vocabulary: Vocabulary) -> None:
    words = reading.words
    reading.meant = meant = vocabulary.likenesses(words)
    added: dict[str, int] = {}
    for word, likenesses in meant.items():
        mask = words[word]
        for known in likenesses:
            added[known] = added.get(known, 0) | mask
    for known, mask in added.items():
        words[known] = words.get(known, 0) | mask
