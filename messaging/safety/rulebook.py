"""Loading the rules: `rules/*.toml` beside this file."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from messaging.safety.contexts import Context
from messaging.safety.patterns import Block, PatternError, Phrase, Phrases, compile_pattern
from messaging.safety.reading import plain
from messaging.safety.vocabulary import NumberClass, Vocabulary
from messaging.safety.wording import Feature, Wording

FOLDER = Path(__file__).parent / "rules"
SCOPES = frozenset({"words", "after", "sentence", "two", "text"})
PARTS = frozenset({"words", "after"})
WEAKENS = "weakens"
EFFECTS = frozenset({"denies", "cancels", WEAKENS, "figure"})
NEGATED = "negated"
NEGATORS = "negator"
# Phrases of the lists that begin with a word of denial and mean danger ("no reason to live"): they deny nothing else.
OWN_DENIAL = "own_denial"
SOFTENING = frozenset(
    {NEGATORS, "not_a_denial", "mild", "chronic", "relieved", "now", "sudden", "worse", "severe", "stopped"}
)
# Signs count together when they stand within so many words of one place, unless their rule says otherwise.
NEAR = 12
# A sign of fewer points is only company unless it says otherwise.
LEAST = 5
# Inside a choice of words, a phrase is written a_b.
PHRASE = re.compile(r"(?<![@#\w])[^\W_]+(?:_[^\W_]+)+")


@dataclass(frozen=True, slots=True)
class Sign:
    """Ways to say one thing, and what it weighs.

    A firm sign heeds only figures of speech and denials. What is only company says nothing without another sign.
    """

    points: int
    patterns: Block
    firm: bool
    company: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of danger: what staff read, its signs, the strongest first, and what makes them graver."""

    id: str
    label: str
    family: str
    signs: tuple[Sign, ...]
    helped_by: Mapping[str, Sign]
    near: int


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All rules with the words and contexts they stand on."""

    vocabulary: Vocabulary
    phrases: Phrases
    contexts: Mapping[str, Context]
    families: Mapping[str, Mapping[str, str]]
    rules: tuple[Rule, ...]
    wording: Wording


class _Compiler:
    """Lists and vocabulary while the files are read."""

    def __init__(self) -> None:
        entries: dict[str, Any] = {}
        for document in _files("words_*"):
            entries |= document
        self.vocabulary = Vocabulary(
            numbers={name: NumberClass(**values) for name, values in entries.pop("numbers")["classes"].items()},
            spellings=_spellings(entries.pop("spellings")),
            never_misspelled=frozenset(_items(entries.pop("never_misspelled")["words"])),
        )
        self._entries = entries
        self.lists = {name: self._phrases(name) for name in entries}
        self._negators = frozenset(word for phrase in self.lists[NEGATORS] if len(phrase) == 1 for word in phrase[0])
        self.lists[OWN_DENIAL] = tuple(
            phrase
            for name, phrases in self.lists.items()
            if name not in SOFTENING
            for phrase in phrases
            if len(phrase) > 1 and not self._negators.isdisjoint(phrase[0])
        )

    def patterns(self, source: str) -> Block:
        """Read the patterns of a block, one a line."""
        lines = (PHRASE.sub(self._phrase_list, line) for line in source.splitlines() if line.strip())
        return Block(compile_pattern(line, self.vocabulary, self.lists, self._negators) for line in lines)

    def sign(self, entry: Mapping[str, Any]) -> Sign:
        """Read one sign."""
        points = entry["points"]
        company = entry.get("company", points < LEAST)
        return Sign(points, self.patterns(entry["any"]), firm=entry.get("firm", False), company=company)

    def _phrase_list(self, found: re.Match[str]) -> str:
        """Make a list of a phrase written a_b and return its name as patterns use it."""
        phrase = found.group()
        words = phrase.split("_")
        for word in words:
            self.vocabulary.add(word)
        self.lists[f"_{phrase}"] = (tuple((word,) for word in words),)
        return f"@_{phrase}"

    def _phrases(self, name: str, above: tuple[str, ...] = ()) -> tuple[Phrase, ...]:
        if name in above or name not in self._entries:
            raise PatternError(f"a list holds itself or one that is not there: {name}")
        phrases: dict[Phrase, None] = {}
        for language in sorted(self._entries[name]):
            for source in _items(self._entries[name][language]):
                if source.startswith("@"):
                    phrases |= dict.fromkeys(self._phrases(source[1:], (*above, name)))
                    continue
                phrase = tuple(tuple(word.split("|")) for word in source.split())
                for word in (word for choices in phrase for word in choices):
                    self.vocabulary.add(word, spanish=language == "es")
                phrases[phrase] = None
        return tuple(phrases)


@cache
def rulebook() -> Rulebook:
    """Return the rules, read once in a process. Raises PatternError for a rule that cannot be read."""
    compiler = _Compiler()
    contexts_file = _file("contexts")
    families: dict[str, dict[str, str]] = contexts_file.pop("families")
    contexts = {name: _context(name, entry, compiler) for name, entry in contexts_file.items()}
    for family, effects in families.items():
        if set(effects) - set(contexts) or set(effects.values()) - EFFECTS:
            raise PatternError(f"the family {family} heeds a context or an effect that is not there")
        # The weighing halves points by where a pattern ends; that is right for what reaches over whole sentences.
        if any(effect == WEAKENS and contexts[name].scope in PARTS for name, effect in effects.items()):
            raise PatternError(f"the family {family} is weakened by a context of less than a sentence")
    helpers = {name: compiler.sign(entry) for name, entry in _file("helpers").items()}
    rules: dict[str, Rule] = {}
    for document in _files("signs_*"):
        if repeated := rules.keys() & document.keys():
            raise PatternError(f"two rules have the same id: {sorted(repeated)}")
        rules |= {name: _rule(name, entry, compiler, helpers) for name, entry in document.items()}
    if unknown := {rule.family for rule in rules.values()} - set(families):
        raise PatternError(f"no family is called {sorted(unknown)}")
    wording = _wording(_file("wording"))
    compiler.vocabulary.settle(word for word in wording.weights if isinstance(word, str) and word.isalpha())
    return Rulebook(
        compiler.vocabulary,
        Phrases(compiler.lists),
        contexts,
        families,
        tuple(rules.values()),
        wording,
    )


def _files(pattern: str) -> Iterable[dict[str, Any]]:
    return (_file(path.stem) for path in sorted(FOLDER.glob(f"{pattern}.toml")))


def _file(name: str) -> dict[str, Any]:
    document: dict[str, Any] = _plain(tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8")))
    return document


def _plain(value: Any) -> Any:
    """Return patterns as texts are read, so that rules can be written with accents and apostrophes."""
    if isinstance(value, dict):
        return {key: inner if key == "label" else _plain(inner) for key, inner in value.items()}
    return plain(value, wrapped=False) if isinstance(value, str) else value


def _items(source: str) -> list[str]:
    """Return what stands between the commas of a list."""
    return [" ".join(item.split()) for item in source.split(",") if item.strip()]


def _spellings(entry: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return for each way people spell it the words that are meant."""
    meant: dict[str, tuple[str, ...]] = {}
    for word, source in entry.items():
        for spelled in _items(source):
            meant[spelled] = (*meant.get(spelled, ()), word)
    return meant


def _wording(document: Mapping[str, Any]) -> Wording:
    weights: dict[Feature, int] = {}
    for weight, source in document["weights"].items():
        for name in _items(source):
            first, _, second = name.partition(" ")
            weights[(first, second) if second else name] = int(weight)
    return Wording(document["bias"], weights)


def _context(name: str, entry: Mapping[str, Any], compiler: _Compiler) -> Context:
    if entry["scope"] not in SCOPES:
        raise PatternError(f"no scope is called {entry['scope']}")
    return Context(
        name=name,
        scope=entry["scope"],
        reach=entry.get("reach", 0),
        patterns=compiler.patterns(entry["any"]),
        unless=compiler.patterns(entry.get("unless", "")),
        not_before=entry.get("not_before", ""),
        not_at=entry.get("not_at", ""),
    )


def _rule(name: str, entry: Mapping[str, Any], compiler: _Compiler, helpers: Mapping[str, Sign]) -> Rule:
    chosen = entry.get("helped_by", ())
    if unknown := set(chosen) - set(helpers):
        raise PatternError(f"{name} names helpers that are not there: {sorted(unknown)}")
    signs = sorted((compiler.sign(sign) for sign in entry["signs"].values()), key=lambda sign: -sign.points)
    helped_by = {helper: helpers[helper] for helper in chosen}
    return Rule(name, entry["label"], entry["family"], tuple(signs), helped_by, entry.get("near", NEAR))
