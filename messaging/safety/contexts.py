"""What makes a word of danger harmless: a denial, the past, another person's story, a lesson, a way of speaking."""

from dataclasses import dataclass

from messaging.safety.patterns import Matcher, Pattern

# A denial reaches on through the commas of a list only when the list has its "or": "no fever, chills, or cough".
LIST_REACH = 16
LIST_REST = 4


@dataclass(frozen=True, slots=True)
class Context:
    """Where words do not count.

    `scope` is `words` (the phrase itself, up to `reach` words back from its end), `after` (up to `reach` words
    after it), `sentence`, `two` (also the sentence before) or `text`. Inside a sentence that holds one of
    `unless`, it does not apply, nor before a phrase of the list `not_before`.
    """

    name: str
    scope: str
    reach: int
    patterns: tuple[Pattern, ...]
    unless: tuple[Pattern, ...]
    not_before: str = ""

    def positions(self, matcher: Matcher) -> int:
        """Return the positions of the words that do not count."""
        reading = matcher.reading
        found = _ends(matcher, self.patterns)
        if not found:
            return 0
        if self.scope == "words":
            return _back(matcher, found, self.reach)
        if self.scope == "after":
            return after(matcher, found & ~_followed_by(matcher, self.not_before), self.reach)
        kept = reading.whole_sentences(_ends(matcher, self.unless)) if self.unless else 0
        if self.scope == "text":
            return 0 if kept else (1 << reading.length) - 1
        return reading.whole_sentences(found, previous=self.scope == "two") & ~kept


def _ends(matcher: Matcher, patterns: tuple[Pattern, ...]) -> int:
    found = 0
    for pattern in patterns:
        found |= matcher.ends(pattern.parts[0])
    return found


def _back(matcher: Matcher, found: int, reach: int) -> int:
    for _ in range(reach):
        found |= matcher.reading.backward(found)
    return found


def after(matcher: Matcher, seeds: int, reach: int) -> int:
    """Return the words that a denial reaches: to the next turn ("but"), comma or end, through a list to its "or"."""
    reading = matcher.reading
    stops = matcher.words("turn")
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


def _followed_by(matcher: Matcher, name: str) -> int:
    """Return where a phrase of the list begins at the next word: "not going away", "no relief" deny nothing."""
    found = 0
    for length, ends in (matcher.listed(name) if name else {}).items():
        found |= matcher.reading.backward(ends >> (length - 1))
    return found
