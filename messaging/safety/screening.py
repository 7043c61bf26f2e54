"""The safety screen (domain rules, section 7): whether a text shows signs of an emergency or a crisis.

It never diagnoses and never blocks; it only decides whether somebody is shown where help is at once, and
whether their message stands first in the team's inbox. It runs here, asks nobody, writes nothing down.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from messaging.safety.contexts import Weakening, weakening
from messaging.safety.patterns import Matcher
from messaging.safety.reading import read
from messaging.safety.rulebook import NEGATED, Rule, Sign, rulebook
from messaging.safety.tally import Tally

# A rule speaks when the signs near one place come to this many points. A sign of that many speaks alone.
ENOUGH = 10


@dataclass(frozen=True, slots=True)
class Screening:
    """What the screen found: ids of rules, never a word of the text."""

    urgent: bool
    reasons: tuple[str, ...]


def screen(subject: str, body: str, fields: Iterable[str] = ()) -> Screening:
    """Screen a message: its subject, body and the values of its guided fields.

    Pure and the same in every process. The time grows with the length of the text only (docs/safety.md).
    Raises nothing for any text.
    """
    book = rulebook()
    matcher = Matcher(read("\n".join((subject, body, *fields)), book.vocabulary), book.phrases)
    contexts = {name: context.positions(matcher) for name, context in book.contexts.items()}
    families = {name: weakening(contexts, effects) for name, effects in book.families.items()}
    weighing = _Weighing(matcher, families, contexts[NEGATED])
    reasons = tuple(rule.id for rule in book.rules if weighing.speaks(rule))
    return Screening(bool(reasons), reasons)


class _Weighing:
    """The signs of one text, weighed rule by rule."""

    __slots__ = ("_denied", "_families", "_helpers", "_matcher")

    def __init__(self, matcher: Matcher, families: Mapping[str, Weakening], denied: int) -> None:
        self._matcher = matcher
        self._families = families
        self._denied = denied
        self._helpers: dict[str, int] = {}

    def speaks(self, rule: Rule) -> bool:
        """Tell whether a rule has enough near some place of the text."""
        around = self._families[rule.family]
        found: list[tuple[Sign, int, int]] = []
        for sign in rule.signs:
            plain, weakened = _standing(sign, self._matcher, around)
            if plain and sign.points >= ENOUGH:
                return True
            if plain or weakened:
                found.append((sign, plain, weakened & ~plain))
        return any(not sign.company for sign, _, _ in found) and self._together(rule, found)

    def _together(self, rule: Rule, found: list[tuple[Sign, int, int]]) -> bool:
        """Tell whether the signs near some place, with what makes them graver, come to enough."""
        tally, places = Tally(), 0
        for sign, plain, weakened in found:
            near = self._near(plain, rule.near)
            tally.add(sign.points, near)
            weaker = self._near(weakened, rule.near) & ~near
            tally.add(sign.points // 2, weaker)
            if not sign.company:
                places |= near | weaker
        self._help(rule, tally)
        return bool(tally.reaching(ENOUGH) & places)

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
    words = {rule.id: rule.label for rule in rulebook().rules}
    return [words[reason] for reason in reasons if reason in words]
