"""How a text is worded: whether it speaks as messages in danger do, or as business, stories and lessons do.

The signs say what a message is about; this says how. Each word, pair of neighbours, list and context that
`rules/wording.toml` knows adds or takes away a little, learned from labelled texts by `benchmarks.safety.learn`.
"""

import math
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import pairwise

from messaging.safety.patterns import Matcher
from messaging.safety.reading import Part

# A short text says little by its wording: it counts as if it had so many more features that say nothing.
UNSAID = 12
NUMBER = "0"

# A word as written or meant, `@list`, `=context`; or two neighbours.
Feature = str | tuple[str, str]


@dataclass(frozen=True, slots=True)
class Wording:
    """How far each feature leans: above 0 to danger."""

    bias: int
    weights: Mapping[Feature, int]
    known: frozenset[Feature] = field(init=False)

    def __post_init__(self) -> None:
        """Keep the features as a set: to meet another set it asks for no hash again."""
        object.__setattr__(self, "known", frozenset(self.weights))

    def points(self, features: AbstractSet[Feature]) -> int:
        """Return how far a passage leans, in the points of signs."""
        known = self.known & features
        total = self.bias + sum(map(self.weights.__getitem__, known))
        return round(total / math.sqrt(len(known) + UNSAID))


class Phrasing:
    """What the passages of one text hold that may tell."""

    __slots__ = ("_marks", "_order", "_reading")

    def __init__(self, matcher: Matcher, contexts: Mapping[str, int]) -> None:
        self._reading = matcher.reading
        self._order = [NUMBER if word[0].isdecimal() else word for word in matcher.reading.order]
        self._marks = [(f"@{name}", where) for name, where in matcher.lists() if name[0] != "_"]
        self._marks += [(f"={name}", where) for name, where in contexts.items() if where]

    def features(self, part: Part) -> set[Feature]:
        """Return the words of a passage as written and as meant, their pairs, lists and contexts."""
        meant, order, mask = self._reading.meant, self._order[part.first : part.last], part.mask
        written = set(self._reading.order[part.first : part.last])
        found: set[Feature] = set(order)
        found.update(pairwise(order))
        for word in written & meant.keys():
            found.update(meant[word])
        found.update([name for name, where in self._marks if where & mask])
        return found
