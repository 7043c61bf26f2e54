"""The safety screen (domain rules, section 7): whether a text shows signs of an emergency or a crisis.

It never diagnoses and never blocks; it only decides whether somebody is shown where help is at once, and
whether their message stands first in the team's inbox. It runs here, asks nobody, writes nothing down.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from messaging.safety.contexts import Weakening, weakening
from messaging.safety.patterns import Matcher
from messaging.safety.reading import Part, read
from messaging.safety.rulebook import NEGATED, Rule, Sign, rulebook
from messaging.safety.tally import Tally
from messaging.safety.wording import Feature, Phrasing, Wording

# The points of a sign that speaks alone.
ENOUGH = 10
# The most that the signs of one kind of danger can have together: several outweigh more business around them than one does.
MOST = 13
# What a firm sign has: a means, a plan or an attempt that only a long, calm story around it can outweigh.
FIRM = 16
# A kind of danger is named where its signs and the wording of the passage come to so many points: signs that nearly speak
# alone are heard in a message that leans a little to business, weaker ones only where the wording does not.
NEEDED = 8
NEEDED_BY_WEAK = 10
STRONG = 9
# So many by the wording alone need no sign.
ALONE = 9
# Fewer words than these say too little by themselves.
ALONE_WORDS = 10
# The most words that are judged as one; a longer letter is judged line by line, so that its last line counts as much as a message.
PASSAGE = 60
# A passage of fewer words leans to harmlessness in proportion.
TELLING = 60
# No sign at all: not even the strongest leaning is a hit of this kind.
NOTHING = -100
# The reason when the wording alone says danger.
WORDING = "wording"
WORDING_LABEL = "Worded like messages in danger"


@dataclass(frozen=True, slots=True)
class Screening:
    """What the screen found: ids of rules, never a word of the text."""

    urgent: bool
    reasons: tuple[str, ...]


def screen(subject: str, body: str, fields: Iterable[str] = ()) -> Screening:
    """Screen a message, its subject, body and the values of its guided fields, and say for which reasons.

    Pure and the same in every process. The time grows with the length of the text only (docs/safety.md).
    Raises nothing for any text.
    """
    found = tuple(Text(subject, body, fields).reasons(rulebook().wording))
    return Screening(bool(found), tuple(reason for reason in found if reason != WORDING) or found)


def is_urgent(subject: str, body: str, fields: Iterable[str] = ()) -> bool:
    """Tell what `screen` would, without looking for more reasons than one."""
    return any(True for _ in Text(subject, body, fields).reasons(rulebook().wording))


class Text:
    """A message that was read: its passages, how they are worded, and what is said in them."""

    __slots__ = ("_contexts", "_matcher", "_parts", "_phrasing")

    def __init__(self, subject: str, body: str, fields: Iterable[str] = ()) -> None:
        book = rulebook()
        reading = read("\n".join((subject, body, *fields)), book.vocabulary)
        self._matcher = Matcher(reading, book.phrases)
        self._contexts = {name: context.positions(self._matcher) for name, context in book.contexts.items()}
        self._phrasing = Phrasing(self._matcher, self._contexts)
        self._parts = reading.parts(PASSAGE)

    def features(self) -> set[Feature]:
        """Return what the wording of all passages holds."""
        return set().union(*(self._phrasing.features(part) for part in self._parts))

    def reasons(self, wording: Wording) -> Iterator[str]:
        """Find what the text is urgent for, the first that is found first."""
        leanings: list[tuple[Part, int]] = []
        by_wording = False
        for part in self._parts:
            leaning = self._leaning(part, wording)
            leanings.append((part, leaning))
            if not by_wording and leaning >= ALONE and part.last - part.first >= ALONE_WORDS:
                by_wording = True
                yield WORDING
        book = rulebook()
        families = {name: weakening(self._contexts, effects) for name, effects in book.families.items()}
        weighing = _Weighing(self._matcher, families, self._contexts[NEGATED])
        willing = sum(part.mask for part, leaning in leanings if ENOUGH + leaning >= NEEDED)
        for rule in book.rules:
            found = weighing.weighed(rule, willing)
            if found and any(_heard(found.points(part.mask), leaning) for part, leaning in leanings):
                yield rule.id

    def _leaning(self, part: Part, wording: Wording) -> int:
        leaning = wording.points(self._phrasing.features(part))
        if leaning >= 0:
            return leaning
        # A few words that sound like business do not silence a sign.
        return int(leaning * min(part.last - part.first, TELLING) / TELLING)


def _heard(points: int, leaning: int) -> bool:
    return points + leaning >= (NEEDED if points >= STRONG else NEEDED_BY_WEAK)


class _Weighed(NamedTuple):
    """The signs of one rule: their sums, where the rule may speak, and where a firm sign stands."""

    tally: Tally
    places: int
    firm: int

    def points(self, part: int) -> int:
        """Return the points in a passage; none where no sign stands."""
        if not self.places & part:
            return NOTHING
        if self.firm & part:
            return FIRM
        return min(self.tally.most(self.places & part), MOST)


def _speaking(where: int) -> _Weighed:
    tally = Tally()
    tally.add(ENOUGH, where)
    return _Weighed(tally, where, 0)


class _Weighing:
    """The signs of one text, weighed rule by rule."""

    __slots__ = ("_denied", "_families", "_helpers", "_matcher")

    def __init__(self, matcher: Matcher, families: Mapping[str, Weakening], denied: int) -> None:
        self._matcher = matcher
        self._families = families
        self._denied = denied
        self._helpers: dict[str, int] = {}

    def weighed(self, rule: Rule, willing: int) -> "_Weighed | None":
        """Add up the signs of a rule, with what makes them graver, at all places; None where it has none.

        A sign of enough points where the wording is willing ends the search: no more can be learned.
        """
        around = self._families[rule.family]
        found: list[tuple[Sign, int, int]] = []
        for sign in rule.signs:
            plain, weakened = _standing(sign, self._matcher, around)
            if plain & willing and sign.points >= ENOUGH:
                return _speaking(plain)
            if plain or weakened:
                found.append((sign, plain, weakened & ~plain))
        if all(sign.company for sign, _, _ in found):
            return None
        tally, places, firm = Tally(), 0, 0
        for sign, plain, weakened in found:
            near = self._near(plain, rule.near)
            tally.add(sign.points, near)
            weaker = self._near(weakened, rule.near) & ~near
            tally.add(sign.points // 2, weaker)
            if not sign.company:
                places |= near | weaker
            if sign.firm:
                firm |= plain
        self._help(rule, tally)
        return _Weighed(tally, places, firm)

    def _help(self, rule: Rule, tally: Tally) -> None:
        for name, helper in rule.helped_by.items():
            if name not in self._helpers:
                self._helpers[name] = self._matcher.ends_of_any(helper.patterns, self._denied, self._denied)
            tally.add(helper.points, self._near(self._helpers[name], rule.near))

    def _near(self, where: int, reach: int) -> int:
        return self._matcher.reading.near(where, reach)


def _standing(sign: Sign, matcher: Matcher, around: Weakening) -> tuple[int, int]:
    """Return where a sign stands plainly, and where at least weakly."""
    if sign.firm:
        everywhere = matcher.ends_of_any(sign.patterns, around.firm_denied, around.figures)
        return everywhere, everywhere
    weakly = matcher.ends_of_any(sign.patterns, around.cancelled | around.denied, around.cancelled)
    # What weakens does so by whole sentences, and a pattern stands in one sentence.
    return weakly & ~around.weakened, weakly


def labels(reasons: Iterable[str]) -> list[str]:
    """Return the words that staff read for rule ids; ids of rules that are gone are left out."""
    words = {rule.id: rule.label for rule in rulebook().rules} | {WORDING: WORDING_LABEL}
    return [words[reason] for reason in reasons if reason in words]
