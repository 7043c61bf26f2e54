"""How a text is worded: whether it speaks as messages in danger do, or as business, stories and lessons do.

The signs say what a message is about; this says how. Each word, pair of neighbours, list and context that
`rules/wording.toml` knows adds or takes away a little, learned from labelled texts by `benchmarks.safety.learn`.
"""

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass

from messaging.safety.patterns import Matcher
from messaging.safety.reading import Part

# A short text says little by its wording: it counts as if it had so many more features that say nothing.
UNSAID = 12
NUMBER = "0"


@dataclass(frozen=True, slots=True)
class Wording:
    """How far each feature leans: a word, `two words`, `@list` or `=context`. Above 0 to danger."""

    bias: int
    weights: Mapping[str, int]

    def points(self, features: frozenset[str]) -> int:
        """Return how far a passage leans, in the points of signs."""
        known = features & self.weights.keys()
        total = self.bias + sum(self.weights[feature] for feature in known)
        return round(total / math.sqrt(len(known) + UNSAID))


def features(matcher: Matcher, contexts: Mapping[str, int], part: Part) -> frozenset[str]:
    """Return what a passage holds that may tell: words as written and as meant, pairs, lists and contexts."""
    reading = matcher.reading
    written = reading.order[part.first : part.last]
    order = [NUMBER if word[0].isdecimal() else word for word in written]
    found = set(order)
    for word in set(written):
        found.update(reading.meant.get(word, ()))
    found.update(map(" ".join, itertools.pairwise(order)))
    found.update(f"@{name}" for name, where in matcher.lists() if where & part.mask and name[0] != "_")
    found.update(f"={name}" for name, where in contexts.items() if where & part.mask)
    return frozenset(found)
