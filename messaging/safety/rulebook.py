"""Loading the rules: `rules/*.toml` beside this file."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from messaging.safety.contexts import Context
from messaging.safety.patterns import Pattern, PatternError, Phrase, PhraseList, compile_pattern
from messaging.safety.reading import plain
from messaging.safety.vocabulary import NumberClass, Vocabulary

FOLDER = Path(__file__).parent / "rules"
SCOPES = frozenset({"words", "after", "sentence", "two", "text"})
NEGATED = "negated"
NEGATORS = "negator"

Phrases = tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One sign of danger: what staff read, how it is written, and what makes it harmless."""

    id: str
    label: str
    patterns: tuple[Pattern, ...]
    heed: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All rules with the words and contexts they stand on."""

    vocabulary: Vocabulary
    lists: Mapping[str, PhraseList]
    contexts: Mapping[str, Context]
    rules: tuple[Rule, ...]


@cache
def rulebook() -> Rulebook:
    """Return the rules, read once in a process. Raises PatternError for a rule that cannot be read."""
    words = _file("words")
    vocabulary = Vocabulary(
        numbers={name: NumberClass(**values) for name, values in words.pop("numbers").items()},
        never_misspelled=frozenset(words.pop("never_misspelled")),
    )
    lists = {name: _phrases(entry, vocabulary) for name, entry in words.items()}
    contexts = {name: _context(name, entry, vocabulary, lists) for name, entry in _file("contexts").items()}
    rules = [
        _rule(entry, document.get("heed", {}), vocabulary, lists, contexts)
        for document in (_file(path.stem) for path in sorted(FOLDER.glob("signs_*.toml")))
        for entry in document["rule"]
    ]
    ids = [rule.id for rule in rules]
    if len(ids) != len(set(ids)):
        raise PatternError("two rules have the same id")
    return Rulebook(vocabulary, {name: PhraseList(phrases) for name, phrases in lists.items()}, contexts, tuple(rules))


def _file(name: str) -> dict[str, Any]:
    document: dict[str, Any] = _plain(tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8")))
    return document


def _plain(value: Any) -> Any:
    """Return patterns as texts are read, so that rules can be written with accents and apostrophes."""
    if isinstance(value, dict):
        return {key: inner if key == "label" else _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return plain(value) if isinstance(value, str) else value


def _phrases(entry: Mapping[str, list[str]], vocabulary: Vocabulary) -> Phrases:
    phrases: list[Phrase] = []
    for language in sorted(entry):
        for source in entry[language]:
            phrase = tuple(tuple(word.split("|")) for word in source.split())
            for word in (word for choices in phrase for word in choices):
                if word.startswith("@"):
                    raise PatternError(f"a list cannot hold a list: {source}")
                vocabulary.add(word, spanish=language == "es")
            phrases.append(phrase)
    return tuple(phrases)


def _context(name: str, entry: Mapping[str, Any], vocabulary: Vocabulary, lists: Iterable[str]) -> Context:
    if entry["scope"] not in SCOPES:
        raise PatternError(f"no scope is called {entry['scope']}")
    return Context(
        name=name,
        scope=entry["scope"],
        reach=entry.get("reach", 0),
        patterns=tuple(compile_pattern(source, vocabulary, lists) for source in entry["patterns"]),
        unless=tuple(compile_pattern(source, vocabulary, lists) for source in entry.get("unless", [])),
        not_before=entry.get("not_before", ""),
    )


def _rule(
    entry: Mapping[str, Any],
    families: Mapping[str, list[str]],
    vocabulary: Vocabulary,
    lists: Mapping[str, Phrases],
    contexts: Iterable[str],
) -> Rule:
    negators = frozenset(choice for phrase in lists[NEGATORS] if len(phrase) == 1 for choice in phrase[0])
    heed = frozenset(families[entry["family"]]) - frozenset(entry.get("but_not", ()))
    if unknown := heed - set(contexts):
        raise PatternError(f"{entry['id']} heeds unknown contexts: {sorted(unknown)}")
    return Rule(
        id=entry["id"],
        label=entry["label"],
        patterns=tuple(compile_pattern(source, vocabulary, lists, negators) for source in entry["patterns"]),
        heed=heed,
    )
