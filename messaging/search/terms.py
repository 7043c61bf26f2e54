"""What somebody types into the search box, as terms that a text has or has not.

- A word is found where a word begins with it: `refill` finds refilled and refills.
- A plural finds its singular and the other way round (`allergies`, allergy), in English and Spanish.
- "Words in quotes" are found one after the other, whole, whatever stands between them but letters.
- Every other character separates words. There are no wildcards and no operators.

Patterns are made of escaped letters and possessive repetitions: no text makes them backtrack.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from messaging.search.folding import fold, fold_with_places
from smportal.errors import InvalidInput

MOST_CHARACTERS = 200
MOST_TERMS = 10
_WORD = re.compile(r"[^\W_]+")
# Typed quotes of every keyboard; a quote that nothing closes holds for all that follows.
_QUOTES = str.maketrans(dict.fromkeys("“”„«»\N{DOUBLE PRIME}", '"'))
_LETTER = r"[^\W_]"
_BEGINS, _ENDS = rf"(?<!{_LETTER})", rf"(?!{_LETTER})"
_BETWEEN = r"[\W_]++"


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to find. `needle` is in every text that the pattern matches: looked for first, since it is quick."""

    needle: str
    pattern: re.Pattern[str]

    def is_in(self, folded: str) -> bool:
        """Tell whether a folded text has it."""
        return self.needle in folded and self.pattern.search(folded) is not None


def parse(typed: str) -> tuple[Term, ...]:
    """Return the terms, none for an empty box.

    Raises InvalidInput for a text that is too long, has too many terms, or nothing that can be found.
    """
    if len(typed) > MOST_CHARACTERS:
        raise InvalidInput(
            _("Search for at most %(most)d characters. Leave out some words.") % {"most": MOST_CHARACTERS},
            code="too_long",
            field="words",
        )
    terms = tuple(dict.fromkeys(_terms(typed)))
    if typed.strip() and not terms:
        raise InvalidInput(_("Enter at least one letter or number to search for."), code="no_words", field="words")
    if len(terms) > MOST_TERMS:
        raise InvalidInput(
            _("Search for at most %(most)d words at a time. Leave out the ones that matter least.")
            % {"most": MOST_TERMS},
            code="too_many",
            field="words",
        )
    return terms


def _terms(typed: str) -> Iterator[Term]:
    for number, part in enumerate(typed.translate(_QUOTES).split('"')):
        if number % 2:
            if words := _WORD.findall(fold(part)):
                yield _sequence(words, whole=True)
            continue
        for chunk in part.split():
            words = _WORD.findall(fold(chunk))
            if len(words) == 1:
                yield _word(words[0])
            elif words:  # "e-mail", "3/4": the parts next to each other
                yield _sequence(words, whole=False)


def _sequence(words: Sequence[str], *, whole: bool) -> Term:
    body = _BETWEEN.join(map(re.escape, words))
    end = _ENDS if whole else f"{_LETTER}*+"
    return Term(max(words, key=len), re.compile(f"{_begin(words[0])}{body}{end}"))


def _word(word: str) -> Term:
    forms = _other_forms(word)
    choices = "|".join([f"{re.escape(word)}{_LETTER}*+", *(f"{re.escape(form)}{_ENDS}" for form in forms)])
    needle = next(start for start in _starts(word) if all(form.startswith(start) for form in forms))
    return Term(needle, re.compile(f"{_begin(word)}(?:{choices})"))


def _starts(word: str) -> Iterator[str]:
    return (word[:length] for length in range(len(word), -1, -1))


def _begin(word: str) -> str:
    # Scripts that put no space between words, or that join small words to the next one, match anywhere.
    return "" if unicodedata.category(word[0]) == "Lo" else _BEGINS


def _other_forms(word: str) -> list[str]:
    """Return the word's singulars or its irregular plural, as whole words; a prefix finds all other plurals."""
    if len(word) < 4 or not word.isalpha():
        return []
    if word.endswith("y") and word[-2] not in "aeiou":
        return [f"{word[:-1]}ies"]
    if not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return []
    forms = [word[:-1]]
    if word.endswith("ies") and len(word) > 4:
        forms.append(f"{word[:-3]}y")
    if word.endswith("ces"):  # luz, luces
        forms.append(f"{word[:-3]}z")
    if word.endswith("es"):
        forms.append(word[:-2])
    return forms


def all_in(terms: Sequence[Term], folded_texts: Iterator[str]) -> bool:
    """Tell whether every term is in one of the texts; stops opening texts as soon as that is known."""
    missing = list(terms)
    for text in folded_texts:
        missing = [term for term in missing if not term.is_in(text)]
        if not missing:
            return True
    return not missing


def spans(terms: Sequence[Term], text: str) -> list[tuple[int, int]]:
    """Return where the terms stand in a text as it was written: from, to; apart and in order."""
    folded, places = fold_with_places(text)
    found = sorted(
        (places[match.start()], places[match.end() - 1] + 1)
        for term in terms
        if term.needle in folded
        for match in term.pattern.finditer(folded)
    )
    merged: list[tuple[int, int]] = []
    for start, end in found:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    # A letter's own accent belongs to it.
    return [(start, _past_marks(text, end)) for start, end in merged]


def _past_marks(text: str, end: int) -> int:
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    return end
