"""`python -m benchmarks.safety a|b|c|d|e|f|development`: how many urgent texts the screen finds, how many hits are right.

All but f were read while the rules were written (texts/README.md): they tell a change for the worse, not how good
the screen is with texts it has not seen.
"""

import argparse
import json
import math
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from messaging.safety import is_urgent, screen

TEXTS = Path(__file__).parent / "texts"
# Of 7,322 real portal messages 3.5 % held high-risk symptoms (domain rules, section 7).
BASE_RATE = 0.035
# Assumed share of messages that hold words of an emergency without danger, among all harmless ones.
HARD_SHARES = (0.2, 0.4)
CHARACTERS = 10_000
DIGITS = str.maketrans("0123456789", "mnprstlbgd")
ROUNDS = 50


@dataclass(frozen=True, slots=True)
class Count:
    """Hits among texts of one kind."""

    hits: int
    texts: int

    @property
    def rate(self) -> float:
        """Return the share of hits; 0 for no texts."""
        return self.hits / self.texts if self.texts else 0.0

    def interval(self) -> tuple[float, float]:
        """Return Wilson's 95 % interval of the rate."""
        if not self.texts:
            return 0.0, 1.0
        z, n, p = 1.96, self.texts, self.rate
        middle = p + z * z / (2 * n)
        half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max(0.0, (middle - half) / (1 + z * z / n)), (middle + half) / (1 + z * z / n)

    def __str__(self) -> str:
        low, high = self.interval()
        return f"{self.hits:3} of {self.texts:3} = {self.rate:6.1%}  ({low:.1%} to {high:.1%})"


def main() -> None:
    """Print the report for one half, then the time for long texts. No text is printed, only ids."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.safety", description=__doc__)
    parser.add_argument("set", choices=("a", "b", "c", "d", "e", "f", "development"))
    parser.add_argument("--ids", action="store_true", help="name the texts that were missed or hit wrongly")
    options = parser.parse_args()
    pattern = "development_*.jsonl" if options.set == "development" else f"labelled_*_{options.set}.jsonl"
    rows = [
        {"language": _language(path, line), **json.loads(line)}
        for path in sorted(TEXTS.glob(pattern))
        for line in path.read_text("utf-8").splitlines()
    ]
    for language, name in (("en", "English"), ("es", "Spanish")):
        mine = [row for row in rows if row["language"] == language]
        report(f"{name}, {options.set}", mine, ids=options.ids)
    report(f"both, {options.set}", rows, ids=False)
    times()


def _language(path: Path, line: str) -> str:
    """Return the language that the file is named for; files of both languages say it in the ids."""
    named = path.stem.split("_")[1]
    return str(json.loads(line)["id"])[:2] if named == "both" else named


def report(title: str, rows: list[dict[str, object]], *, ids: bool) -> None:
    """Print sensitivity, false alarms by kind, and precision at the base rate."""
    kinds: dict[str, list[tuple[str, bool]]] = {"urgent": [], "hard negative": [], "ordinary": [], "harmless": []}
    for row in rows:
        kind = next(kind for kind in kinds if str(row["why"]).startswith(kind))
        kinds[kind].append((str(row["id"]), screen(str(row["subject"]), str(row["body"])).urgent))
    counts = {kind: Count(sum(hit for _, hit in found), len(found)) for kind, found in kinds.items()}
    print(f"{title}\n  sensitivity                   {counts['urgent']}")
    for kind in ("hard negative", "ordinary", "harmless"):
        if counts[kind].texts:
            print(f"  {f'false alarms, {kind}':29} {counts[kind]}")
    if counts["harmless"].texts:
        alarms = {"harmless": counts["harmless"].rate}
    else:
        alarms = {
            f"{share:.0%} of the harmless hard": share * counts["hard negative"].rate
            + (1 - share) * counts["ordinary"].rate
            for share in HARD_SHARES
        }
    for assumed, rate in alarms.items():
        print(f"  precision at {BASE_RATE:.1%} urgent, {assumed}: {precision(counts['urgent'].rate, rate):.2f}")
    if ids:
        print("  missed:", ", ".join(name for name, hit in kinds["urgent"] if not hit) or "none")
        harmless = kinds["hard negative"] + kinds["ordinary"] + kinds["harmless"]
        print("  false alarms:", ", ".join(name for name, hit in harmless if hit) or "none")


def precision(sensitivity: float, alarms: float) -> float:
    """Return the share of hits that are right at the base rate; 0 without any hit."""
    right = BASE_RATE * sensitivity
    hits = right + (1 - BASE_RATE) * alarms
    return right / hits if hits else 0.0


def times() -> None:
    """Print the time for 10,000 characters: of letters as people write them, and of texts made to be slow."""
    rows = [json.loads(line) for line in (TEXTS / "labelled_en_a.jsonl").read_text("utf-8").splitlines()]
    texts = {
        "letters": " ".join(str(row["body"]) for row in rows),
        "chest pain, again and again": "chest pain " * CHARACTERS,
        "no, again and again": "no " * CHARACTERS,
        "one word": "a" * CHARACTERS,
        "sentences of one word": "no. " * CHARACTERS,
        "numbers": "104 220/130 " * CHARACTERS,
        "letters with gaps": "i w a n t  t o  d i e. " * CHARACTERS,
        "a letter held down": "heeeeeelp " * CHARACTERS,
        "words nobody knows": " ".join(f"qzx{number:x}vkj" for number in range(CHARACTERS)).translate(DIGITS),
    }
    print(f"milliseconds of processor time for {CHARACTERS:,} characters ({platform.machine()}, {ROUNDS} rounds)")
    print(f"  {'':28} as a send asks        with all reasons")
    for name, text in texts.items():
        asked, whole = _spent(is_urgent, text[:CHARACTERS]), _spent(screen, text[:CHARACTERS])
        print(f"  {name:28} {asked}   {whole}")


def _spent(judge: Callable[[str, str], object], text: str) -> str:
    spent = []
    for _ in range(ROUNDS):
        # Processor time: what else runs on the machine is not the screen's.
        begun = time.process_time()
        judge("", text)
        spent.append((time.process_time() - begun) * 1000)
    spent.sort()
    return f"{statistics.median(spent):5.2f} (95 %: {spent[int(ROUNDS * 0.95)]:5.2f})"


if __name__ == "__main__":
    main()
