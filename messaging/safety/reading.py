"""A text as sets of positions: which words stand where, and where sentences begin.

A set of positions is one integer, bit i for the i-th word. Finding a phrase is then a few shifts and ANDs,
whatever the text says: nothing here can backtrack, and the time is bounded by the length of the text times
the number of patterns.
"""

import re
import unicodedata
from dataclasses import dataclass, field

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


@dataclass(slots=True)
class Reading:
    """The words of one text by position."""

    words: dict[str, int] = field(default_factory=dict)
    starts: int = 0
    lasts: int = 0
    commas: int = 0
    length: int = 0
    inside: int = 0
    sentences: list[int] = field(default_factory=list)

    def forward(self, mask: int) -> int:
        """Return the positions one further, within their sentences."""
        return (mask << 1) & self.inside

    def backward(self, mask: int) -> int:
        """Return the positions one before, within their sentences."""
        return (mask & self.inside) >> 1

    def around(self, mask: int, reach: int) -> int:
        """Return the positions up to `reach` words before or after."""
        before = after = mask
        for _ in range(reach):
            before |= self.backward(before)
            after |= self.forward(after)
        return before | after

    def whole_sentences(self, mask: int, *, previous: bool = False) -> int:
        """Return all positions of the sentences that hold one of these, and on request of those just before."""
        if not mask:
            return 0
        found = 0
        earlier = 0
        for sentence in self.sentences:
            if sentence & mask:
                found |= sentence | earlier if previous else sentence
            earlier = sentence
        return found


def read(text: str, vocabulary: Vocabulary) -> Reading:
    """Split a text into words and say where each stands, misspelled ones also where the right one would."""
    reading = Reading()
    position = first = 0
    words = reading.words
    for token in TOKEN.findall(plain(text)):
        if token in ENDS:
            if position > first:
                reading.sentences.append((1 << position) - (1 << first))
                first = position
        elif token in MARKS:
            reading.commas |= 1 << position
        else:
            words[token] = words.get(token, 0) | 1 << position
            position += 1
    if position > first:
        reading.sentences.append((1 << position) - (1 << first))
    reading.length = position
    reading.starts = sum(sentence & -sentence for sentence in reading.sentences)
    reading.lasts = reading.starts >> 1 | (1 << position >> 1)
    reading.inside = ((1 << position) - 1) & ~reading.starts
    _add_likenesses(words, vocabulary)
    return reading


def plain(text: str) -> str:
    """Return the text without case, accents, apostrophes and invisible marks."""
    if "\n" in text:
        text = WRAPPED.sub(" ", text)
    if not text.isascii():
        text = ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    text = text.casefold().translate(APOSTROPHES)
    for short, word in SHORT_FORMS:
        text = text.replace(short, word)
    return text


def _add_likenesses(words: dict[str, int], vocabulary: Vocabulary) -> None:
    for word, mask in list(words.items()):
        for known in vocabulary.likenesses(word):
            words[known] = words.get(known, 0) | mask
