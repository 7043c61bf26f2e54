"""What makes a word of danger harmless: a denial, the past, another person's story, a lesson, a way of speaking."""

from collections.abc import Mapping
from dataclasses import dataclass

from messaging.safety.patterns import Block, Matcher

# A denial reaches on through the commas of a list only when the list has its "or": "no fever, chills, or cough".
LIST_REACH = 16
LIST_REST = 4


@dataclass(frozen=True, slots=True)
class Context:
    """Where words do not count.

    `scope` is `words` (the phrase itself, up to `reach` words back from its end), `after` (up to `reach` words
    after it), `sentence`, `two` (also the sentence before) or `text`. Inside a sentence that holds one of
    `unless`, it does not apply, nor before a phrase of the list `not_before`, nor where one of `not_at` begins.
    """

    name: str
    scope: str
    reach: int
    patterns: Block
    unless: Block
    not_before: str = ""
    not_at: str = ""

    def positions(self, matcher: Matcher) -> int:
        """Return the positions of the words that do not count."""
        reading = matcher.reading
        found = matcher.ends_of_any(self.patterns, 0, 0)
        if not found:
            return 0
        if self.scope == "words":
            return _back(matcher, found, self.reach)
        if self.scope == "after":
            return after(matcher, found & ~self._denying_nothing(matcher), self.reach)
        kept = reading.whole_sentences(matcher.ends_of_any(self.unless, 0, 0))
        if self.scope == "text":
            return 0 if kept else (1 << reading.length) - 1
        return reading.whole_sentences(found, previous=self.scope == "two") & ~kept

    def _denying_nothing(self, matcher: Matcher) -> int:
        """Return where a denial is none: "not going away", "no relief", "no reason to live"."""
        return matcher.reading.backward(_starts(matcher, self.not_before)) | _starts(matcher, self.not_at)


@dataclass(frozen=True, slots=True)
class Weakening:
    """Where the words of one family of signs count for less: denied, cancelled, or weakened by half.

    `figures` and `firm_denied` are all that a firm sign heeds: figures of speech, and a denial of its own words.
    """

    denied: int
    cancelled: int
    weakened: int
    figures: int
    firm_denied: int


def weakening(contexts: Mapping[str, int], effects: Mapping[str, str]) -> Weakening:
    """Add up what the contexts do to a family. Two that weaken cancel."""
    denied = cancelled = once = twice = figures = 0
    for name, effect in effects.items():
        where = contexts[name]
        if effect == "denies":
            denied |= where
        elif effect == "cancels":
            cancelled |= where
        elif effect == "figure":
            figures |= where
        else:
            twice |= once & where
            once |= where
    return Weakening(denied, cancelled | twice | figures, once, figures, denied | figures)


def _back(matcher: Matcher, found: int, reach: int) -> int:
    for _ in range(reach):
        found |= matcher.reading.backward(found)
    return found


def after(matcher: Matcher, seeds: int, reach: int) -> int:
    """Return the words that a denial reaches: to the next turn ("but"), comma or end, through a list to its "or"."""
    reading = matcher.reading
    stops = _starts(matcher, "turn")
    near = _on(matcher, seeds, reach, stops | reading.commas)
    far = _on(matcher, seeds, LIST_REACH, stops)
    joints = far & matcher.words("list_or")
    if not joints:
        return near
    rest = _on(matcher, joints, LIST_REST, stops | reading.commas)
    return near | (far & (_back(matcher, joints, LIST_REACH) | rest))


def _on(matcher: Matcher, found: int, reach: int, stops: int) -> int:
    step = reached = found
    for _ in range(reach):
        step = matcher.reading.forward(step) & ~stops
        if not step:
            break
        reached |= step
    return reached & ~found


def _starts(matcher: Matcher, name: str) -> int:
    """Return where the phrases of a list begin."""
    found = 0
    for length, ends in (matcher.listed(name) if name else {}).items():
        found |= ends >> (length - 1)
    return found
