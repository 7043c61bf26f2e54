"""`python -m benchmarks.safety.learn`: learn from all labelled texts how messages in danger are worded.

Writes `messaging/safety/rules/wording.toml`. With `--check` it writes nothing: it leaves out each source of texts in
turn, learns from the others and prints what the screen finds in the one it left out.
"""

import argparse
import json
import math
import random
import statistics
import textwrap
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from messaging.safety.rulebook import FOLDER
from messaging.safety.screening import Text
from messaging.safety.wording import UNSAID, Feature, Wording

TEXTS = Path(__file__).parent / "texts"
FILE = FOLDER / "wording.toml"
# Texts of one hand, or of one day, are left out together.
SOURCES = ("labelled_*_[ab]", "labelled_*_[cd]", "labelled_*_e", "development_*_[1-9]", "development_*_1?")
# How an author joins words, and no danger: these tell one author's urgent texts from another's.
STYLE = frozenset(
    ["a", "an", "and", "in", "is", "of", "the", "to", "de", "del", "el", "en", "la", "las", "los", "un", "una", "y"]
)
# A feature of fewer texts says more about these texts than about messages.
LEAST_TEXTS = 3
TURNS = 25
# How hard a text on the wrong side may pull: more fits these texts better, and new ones worse.
COST = 0.3
# The spread of the wording over the texts, in points; a sign that speaks alone has ten. Slight leanings are dropped.
SPREAD = 10
LEAST_WEIGHT = 3
HEAD = """\
# How messages in danger are worded, and how harmless ones: learned by `python -m benchmarks.safety.learn` from the
# labelled texts in benchmarks/safety/texts. Do not edit by hand; run it again when texts or lists have changed.
#
# Each group holds what leans by so much: to danger above 0, to business, stories and lessons below. A word as it is
# written or meant, two neighbours, `0` for any number, `@list` for something of that list (words_*.toml), `=context`
# for a context that was found (contexts.toml). A passage adds up what it holds, over the root of how much that is;
# the sum counts beside the points of the signs (messaging/safety/wording.py).

"""


class Example(NamedTuple):
    """A labelled text."""

    kind: str
    text: Text
    urgent: bool


class _Row(NamedTuple):
    """A passage as the learner sees it: its features by number, how much each counts, its side, and its slack."""

    places: list[int]
    size: float
    side: float
    slack: float


def examples(pattern: str) -> list[Example]:
    """Read the labelled texts of the files of a pattern."""
    paths = sorted(TEXTS.glob(f"{pattern}.jsonl"))
    rows = [json.loads(line) for path in paths for line in path.read_text("utf-8").splitlines()]
    return [
        Example(row["why"].split()[0].strip(":,"), Text(row["subject"], row["body"]), row["urgent"]) for row in rows
    ]


def learn(known: Sequence[Example]) -> Wording:
    """Find weights that part urgent texts from harmless ones with a margin, and stay small.

    A linear support vector machine with squared loss, solved text by text in its dual (Hsieh and others, 2008). The
    same texts give the same weights.
    """
    held = [(example.text.features(), example.urgent) for example in known]
    texts = Counter(feature for features, _ in held for feature in features)
    told = [feature for feature, count in texts.items() if count >= LEAST_TEXTS and feature not in STYLE]
    names: list[Feature] = ["", *sorted(told, key=_name)]
    rows = _rows(held, {name: number for number, name in enumerate(names)})
    weights = _solved(rows, len(names))
    scale = SPREAD / statistics.pstdev(row.size * sum(weights[at] for at in row.places) for row in rows)
    rounded = {name: round(weight * scale) for name, weight in zip(names, weights, strict=True) if name}
    kept = {name: weight for name, weight in rounded.items() if abs(weight) >= LEAST_WEIGHT}
    return Wording(round(weights[0] * scale), kept)


def _name(feature: Feature) -> str:
    return feature if isinstance(feature, str) else " ".join(feature)


def _rows(held: Sequence[tuple[set[Feature], bool]], numbers: dict[Feature, int]) -> list[_Row]:
    urgent = sum(side for _, side in held)
    # Both sides weigh the same, however many texts each has. Feature 0 is in every text.
    slack = {side: count / (COST * len(held)) for side, count in ((True, urgent), (False, len(held) - urgent))}
    rows = []
    for features, side in held:
        places = sorted(numbers[name] for name in features & numbers.keys())
        rows.append(_Row([0, *places], 1 / math.sqrt(len(places) + UNSAID), 1.0 if side else -1.0, slack[side]))
    return rows


def _solved(rows: Sequence[_Row], names: int) -> list[float]:
    weights, pulls = [0.0] * names, [0.0] * len(rows)
    order = list(range(len(rows)))
    shuffled = random.Random(7)
    for _ in range(TURNS):
        shuffled.shuffle(order)
        for number in order:
            places, size, side, slack = rows[number]
            slope = side * size * sum(weights[at] for at in places) - 1 + slack * pulls[number]
            pull = max(0.0, pulls[number] - slope / (len(places) * size * size + slack))
            step, pulls[number] = (pull - pulls[number]) * side * size, pull
            for at in places:
                weights[at] += step
    return weights


def written(wording: Wording) -> str:
    """Return the file: groups by weight, the strongest leaning to danger first."""
    groups: dict[int, list[str]] = {}
    for name, weight in wording.weights.items():
        groups.setdefault(weight, []).append(_name(name))
    lines = [HEAD, f"bias = {wording.bias}\n\n[weights]\n"]
    for weight in sorted(groups, reverse=True):
        names = textwrap.fill(", ".join(sorted(groups[weight])), 116, break_long_words=False, break_on_hyphens=False)
        lines.append(f'"{weight:+}" = """\n{names}"""\n')
    return "".join(lines)


def check() -> None:
    """Print what the screen finds in each source by the wording of the others."""
    sources = {pattern: examples(pattern) for pattern in SOURCES}
    for left_out, texts in sources.items():
        wording = learn([example for source, others in sources.items() if source != left_out for example in others])
        hits: dict[str, list[bool]] = {}
        for example in texts:
            hits.setdefault(example.kind, []).append(any(True for _ in example.text.reasons(wording)))
        print(left_out, ", ".join(f"{kind} {sum(found)} of {len(found)}" for kind, found in sorted(hits.items())))


def main() -> None:
    """Write the file, or check."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.safety.learn", description=__doc__)
    parser.add_argument("--check", action="store_true", help="leave out each source in turn; write nothing")
    if parser.parse_args().check:
        check()
        return
    wording = learn([example for pattern in SOURCES for example in examples(pattern)])
    FILE.write_text(written(wording), "utf-8")
    print(f"{len(wording.weights)} features")


if __name__ == "__main__":
    main()
