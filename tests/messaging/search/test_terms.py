"""What a typed word finds, and what it costs to look for it."""

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.search.folding import fold, fold_with_places
from messaging.search.marking import marked, snippet
from messaging.search.terms import all_in, parse, spans
from smportal.errors import InvalidInput


def finds(typed: str, *texts: str) -> bool:
    return all_in(parse(typed), iter(map(fold, texts)))


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("knee", "My Knees hurt."),
        ("KNEE", "my knee"),
        ("refill", "It was refilled."),
        ("allergies", "An allergy."),
        ("allergy", "Two allergies."),
        ("medicines", "one medicine"),
        ("boxes", "a box"),
        ("dolores", "Me da dolor."),
        ("luces", "la luz"),
        ("citas", "mi cita"),
        ("nino", "El niño"),
        ("niño", "el nin\u0303o, NINO"),
        ("cafe\u0301", "CAFÉ"),
        ("dont", "I don’t know."),
        ("don't", "I don’t know."),
        ("o’brien", "Dr. O'Brien"),
        ("strasse", "Straße"),
        ("ﬁle", "file"),
        ("e-mail", "my e-mails"),
        ("3/4", "about 3/4 of it"),
        ("knee_x", "KNEE_XRAY.pdf"),
        ("kn*", "signs are left out: knee"),
        ("knee", "my_knee_2026.pdf"),
        ("wellbeing", "well\u00adbeing and well\u200bbeing"),
        ("疼", "膝盖疼痛"),
        ('"blood pressure"', "Blood\n  pressure!"),
        ('"blood-pressure"', "blood pressure"),
        ("“blood pressure”", "blood pressure"),
        ('"blood pressure', "unbalanced: blood pressure"),
        ('knee "right now" pain', "right now: pain in my knee"),
        ("2026", "on 3/4/2026"),
    ],
)
def test_found(typed: str, text: str) -> None:
    assert finds(typed, text)


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("med", "a comedy"),
        ("knee hip", "my knee"),
        ("bus", "bu"),
        ("glass", "glas"),
        ("diagnosis", "diagnosi"),
        ("boxes", "boxing"),
        ('"blood pressure"', "pressure of blood"),
        ('"blood pressure"', "blood pressures"),
        ('"blood pressure"', "blood high pressure"),
        ("kn%e", "knee"),
        ("k.ee", "knee"),
    ],
)
def test_not_found(typed: str, text: str) -> None:
    assert not finds(typed, text)


def test_terms_may_lie_in_different_texts_and_none_is_opened_in_vain() -> None:
    texts = iter(["my knee", "pain", "never opened"])
    assert all_in(parse("pain knee"), texts)
    assert next(texts) == "never opened"


@pytest.mark.parametrize(
    ("typed", "code"),
    [("x" * 201, "too_long"), ("!?", "no_words"), ('""', "no_words"), ("a b c d e f g h i j k", "too_many")],
)
def test_refused(typed: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse(typed)
    assert (refused.value.code, refused.value.field) == (code, "words")


def test_an_empty_box_has_no_terms_and_a_word_twice_is_one() -> None:
    assert parse("  ") == ()
    assert len(parse("knee Knee KNEE")) == 1


@given(st.text())
def test_folding_is_the_same_letter_by_letter(text: str) -> None:
    folded, places = fold_with_places(text)
    assert folded == fold(text)
    assert len(places) == len(folded)
    assert places == sorted(places)


@given(st.text(alphabet="aB é\u0301'’ßñ-_<&\n.", max_size=60), st.text(alphabet="abé'ßñ- \"", max_size=12))
def test_marks_lie_on_the_text_as_it_was_written(text: str, typed: str) -> None:
    try:
        terms = parse(typed)
    except InvalidInput:
        return
    found = spans(terms, text)
    assert all(0 <= start < end <= len(text) for start, end in found)
    assert all(one[1] <= two[0] for one, two in itertools.pairwise(found))
    assert bool(found) == any(term.is_in(fold(text)) for term in terms)
    html = marked(terms, text)
    assert html.count("<mark>") == html.count("</mark>") == len(found)


def test_marks_and_pieces_are_escaped() -> None:
    terms = parse("knee pain")
    assert marked(terms, "<b>Knee</b> & knees") == "&lt;b&gt;<mark>Knee</mark>&lt;/b&gt; &amp; <mark>knees</mark>"
    text = "word " * 40 + "my knee hurts <script> " + "word " * 60
    piece = snippet(terms, text)
    assert piece.startswith("… word word")
    assert piece.endswith("word …")
    assert "my <mark>knee</mark> hurts &lt;script&gt; word" in piece
    assert snippet(terms, "nothing") == ""
    assert "…" not in snippet(terms, "my knee")


@pytest.mark.parametrize(
    "typed",
    [
        "(a+)+$",
        "a?" * 60,
        '"' + "a " * 99 + '"',
        ".*" * 99,
        '"a a a a a a a a a a b"',
        "\\" * 200,
        "a_a_a_a_a_a_a_a_b",
        "é" * 100,
        "s" * 199 + "s",
    ],
)
@pytest.mark.parametrize("unit", ["a", "a ", "a_", "a" * 30 + "! ", "é", "e\u0301", "-", "s"])
def test_a033_no_text_makes_a_search_slow(typed: str, unit: str) -> None:
    text = (unit * 50_000)[:50_000]
    try:
        terms = parse(typed)
    except InvalidInput:
        return
    began = time.process_time()
    finds_it = all_in(terms, iter([fold(text)]))
    spans(terms, text)
    took = time.process_time() - began
    assert took < 1, (finds_it, took)
