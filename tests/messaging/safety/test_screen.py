"""The rules themselves: families of danger, what makes words harmless, both languages, and bounded work."""

import json
import re
from dataclasses import replace
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messaging.safety import is_urgent, labels, screen, screening
from messaging.safety.reading import TOKEN, plain, read
from messaging.safety.rulebook import rulebook
from messaging.safety.tally import Tally

URGENT = [
    ("chest-pain", "There is a pressure in my chest and it goes down my left arm"),
    ("chest-pain", "Tengo un dolor en el pecho desde anoche"),
    ("breathing", "I cant catch my breath even sitting down"),
    ("breathing", "Me falta el aire y no puedo acostarme"),
    ("stroke-signs", "Suddenly my right arm is weak and my words come out wrong"),
    ("stroke-signs", "se le torcio la boca y habla enredado desde hace una hora"),
    ("vision-loss", "I lost the sight in my left eye this morning"),
    ("seizure-or-faint", "I passed out twice today"),
    ("bleeding", "I am vomiting blood"),
    ("bleeding", "estoy vomitando sangre"),
    ("allergic-reaction", "My tongue is swelling up after the new pill"),
    ("head-or-body-injury", "I fell and hit my head, I take xarelto"),
    ("infection-or-sepsis", "Fever of 104 and shaking chills"),
    ("infection-or-sepsis", "tengo calentura de 39.8 y escalofrios"),
    ("belly-emergency", "I can't pee since last night and my bladder is bursting"),
    ("clot-or-limb", "My left calf is swollen, red and hot since the flight"),
    ("blood-sugar", "My sugar is 38 and I am shaky"),
    ("numbers-in-danger", "My BP is 214/122 right now"),
    ("overdose-or-poison", "I swallowed a handful of pills"),
    ("overdose-or-poison", "me tome un frasco de pastillas"),
    ("withdrawal-or-missed-medicine", "I quit drinking two days ago and I'm shaking and sweating"),
    ("pregnancy", "I'm 30 weeks and haven't felt the baby move since yesterday"),
    ("suicide-words", "I want to kill myself"),
    ("suicide-words", "im having suicidle thoughts"),
    ("suicide-words", "me quiero morir"),
    ("suicide-words", "Ya no quiero vivir"),
    ("suicide-veiled", "Everyone would be better off without me"),
    ("harm-to-others", "I'm going to shoot my boss"),
    ("abuse", "My boyfriend choked me last night"),
    ("psychosis-or-mania", "The voices are telling me to hurt people"),
    ("heart-rhythm", "My defibrillator shocked me twice"),
    ("heart-rhythm", "el corazón me late a mil y me voy a desmayar"),
    ("spine", "I can't feel it when I wipe and I wet myself"),
    ("spine", "me oriné encima y no siento entre las piernas"),
    ("heat-or-cold", "Worked all day in the heat, he stopped sweating and is confused"),
    ("means-at-hand", "My pistol is on the table in front of me"),
    ("means-at-hand", "Tengo la pistola en la mano"),
    ("suicide-veiled", "Mi familia estaría mejor sin mí"),
    ("suicide-veiled", "Wrote letters to my kids tonight"),
    ("abuse", "mi hijo me encierra y me quita el cheque"),
    ("psychosis-or-mania", "Los vecinos me quieren envenenar"),
    ("pregnancy", "tengo 9 semanas de embarazo y estoy sangrando"),
]
HARMLESS = [
    "Please refill my metformin, I have ten days left.",
    "No chest pain, no shortness of breath, no dizziness.",
    "I have had no fever, chills, chest pain, or trouble breathing.",
    "Denies chest pain. No thoughts of suicide.",
    "My heart attack was in 2011 at another hospital.",
    "My father died of a stroke at 60. Should I be tested?",
    "What are the signs of a stroke? I want to learn them.",
    "I am dying to know whether my glasses are in.",
    "I nearly had a heart attack when I saw the bill.",
    "My wife will kill me if I miss the dentist again.",
    "When is my flu shot?",
    "The old cat died. I miss her.",
    "Which building is the stroke prevention clinic in?",
    "I got a card from the suicide prevention coordinator about Friday.",
    "We read a book about a man who tried to kill himself when he was young.",
    "Same knee pain as always, the cream helps. A refill please.",
    "No tengo dolor de pecho ni falta de aire.",
    "Mi papá murió de un infarto hace años. Me toca una prueba?",
    "Me muero de la risa con la música de espera.",
    "¿Cuáles son los síntomas de un derrame? Salió en la clase.",
    "Nunca he pensado en suicidarme.",
]


@pytest.mark.parametrize(("rule", "body"), URGENT)
def test_each_family_of_danger_is_found(rule: str, body: str) -> None:
    assert rule in screen("", body).reasons


@pytest.mark.parametrize("body", HARMLESS)
def test_words_of_danger_without_danger_are_let_through(body: str) -> None:
    assert screen("", body).reasons == ()


@pytest.mark.parametrize(
    ("denied", "meant"),
    [
        ("I have no chest pain.", "No, I can't sleep, but I have chest pain."),
        ("I don't have chest pain.", "I don't know why but my chest hurts."),
        ("No fever or chest pain.", "No relief from the chest pain."),
        ("Never had thoughts of suicide.", "The thoughts of suicide never stop."),
        ("I do not want to die.", "I do not want to live anymore."),
        ("no tengo dolor de pecho", "no se me quita el dolor de pecho"),
        ("no quiero morir", "ya no quiero vivir"),
        ("My chest pain was in 2009.", "My chest pain from 2009 is back today."),
        ("I have no rash and no throat swelling", "I have no EpiPen and my throat is closing"),
        ("No tengo EpiPen, ni se me cierra la garganta", "no tengo EpiPen y se me cierra la garganta"),
    ],
)
def test_a_denial_counts_and_what_only_looks_like_one_does_not(denied: str, meant: str) -> None:
    assert not screen("", denied).urgent
    assert screen("", meant).urgent


def test_what_is_too_little_alone_is_enough_together() -> None:
    """Points add up near one place; company alone, or far apart, says nothing."""
    ache, sweat = "My left arm aches.", "I am sweating and sick to my stomach."
    assert not screen("", ache).urgent
    assert not screen("", sweat).urgent
    assert screen("", f"{ache} {sweat}").reasons == ("chest-pain",)
    assert not screen("", f"{ache} {'The new glasses fit well. ' * 20} {sweat}").urgent


@pytest.mark.parametrize(
    ("harmless", "danger"),
    [
        ("I get dizzy for a second when I stand, same as always.", "I passed out twice today."),
        ("If I get chest pain on vacation, where do I go?", "I have chest pain, where do I go?"),
        ("In 2012 I had a seizure.", "I had a seizure an hour ago."),
        ("My hives went away.", "My hives are back and my throat is tight."),
        ("My brother had a stroke in May and is fine.", "My brother is having a stroke, help"),
        ("Watched a movie about a soldier who wants to die.", "I want to die."),
        ("Refill my nitro please, it expired.", "Took three nitro and my chest still hurts."),
    ],
)
def test_a_context_weakens_and_its_absence_does_not(harmless: str, danger: str) -> None:
    assert not screen("", harmless).urgent
    assert screen("", danger).urgent


@pytest.mark.parametrize(
    "around",
    ["{}", "Years ago I was better. {}", "The class said to write. {} Refill please.", "{} I saw it in a movie."],
)
@pytest.mark.parametrize(
    "body",
    [
        "I have a plan to kill myself",
        "Tonight I put the pistol in my mouth",
        "I tried to hang myself last night",
        "How many of these does it take to die",
    ],
)
def test_nothing_around_it_hides_a_means_a_plan_or_an_attempt(around: str, body: str) -> None:
    assert screen("", around.format(body)).urgent


@pytest.mark.parametrize(
    "body", ["Tengo dolor de pecho", "No puedo respirar", "Me quité el yeso y no siento la pierna"]
)
def test_accents_capitals_and_apostrophes_change_nothing(body: str) -> None:
    forms = {body, body.upper(), body.lower(), plain(body)}
    assert {screen("", form) for form in forms} == {screen("", body)}
    assert screen("", "I CAN’T BREATHE") == screen("", "i cant breathe")


@pytest.mark.parametrize(
    "written",
    [
        "I w\u0430nt t\u043e di\u0435",  # Cyrillic letters
        "I w\u200bant to d\u00ad\u2060ie",
        "\u202eI want to die\u202c",
        "\uff29 \uff57\uff41\uff4e\uff54 \uff54\uff4f \uff44\uff49\uff45",
        "i w a n t  t o  d i e",
        "I W A N T T O D I E",
        "i-w-a-n-t t-o d-i-e",
        "I want to diiiieeee \U0001f622\U0001f52b!!!",
        "I\u00a0want\u2003to die",
    ],
)
def test_how_letters_are_written_hides_nothing(written: str) -> None:
    assert screen("", written).reasons == ("suicide-words",)
    assert not screen("", written.replace("die", "dye").replace("diiiieeee", "dye")).urgent or "die" not in written


def test_letters_that_stand_alone_by_right_are_no_word() -> None:
    assert not screen("", "Hepatitis A, B, C. Vitamins a b c d e k. Plan A or B? P. O. Box 7").urgent


@pytest.mark.parametrize(
    "body", ["I have suiciddal thoughts", "having a siezure now", "my brething is worse tonight", "me aogo"]
)
def test_a_letter_wrong_is_read_as_meant(body: str) -> None:
    assert screen("", body).urgent


def test_subject_fields_and_the_last_line_count() -> None:
    long = "Thank you for the new glasses. " * 200
    assert screen("I want to die", "See you Tuesday.").urgent
    assert screen("Refill", "Lisinopril 10 mg", ("crushing chest pain since noon",)).urgent
    assert screen("Glasses", f"{long}\nP.S. I can't feel my legs since this morning").urgent
    assert not screen("Glasses", long).urgent


def test_words_of_two_sentences_do_not_make_one_sign() -> None:
    assert not screen("", "The cedar chest arrived.\nNo more pain in the knee.").urgent


@given(st.text(max_size=2000), st.text(max_size=200))
def test_any_text_is_screened_without_an_error(body: str, subject: str) -> None:
    found = screen(subject, body)
    assert found == screen(subject, body)
    assert found.urgent == bool(found.reasons)
    assert len(labels(found.reasons)) == len(found.reasons)


VOCABULARY = sorted(rulebook().vocabulary.exact)


@given(st.lists(st.sampled_from([*VOCABULARY, ".", ",", "\n", "104", "220/130"]), max_size=300))
def test_any_order_of_the_rules_own_words_is_screened_without_an_error(words: list[str]) -> None:
    found = screen("", " ".join(words))
    assert set(found.reasons) <= {rule.id for rule in rulebook().rules} | {"wording"}
    assert len(labels(found.reasons)) == len(found.reasons)


@given(st.text(alphabet="ab ,.\n1/", max_size=400))
def test_positions_stay_inside_the_text_and_its_sentences(text: str) -> None:
    """The bound on time: every set of positions is one number of at most `length` bits."""
    reading = read(text, rulebook().vocabulary)
    everything = (1 << reading.length) - 1
    assert reading.whole_sentences(everything) == everything
    assert reading.starts.bit_count() == reading.lasts.bit_count()
    assert all(mask <= everything for mask in reading.words.values())
    assert reading.forward(everything) <= everything
    assert reading.forward(reading.lasts) == 0
    assert reading.backward(reading.starts) == 0


@given(st.text(alphabet="ab .\n", max_size=200), st.integers(0, 8), st.data())
def test_spreading_over_words_stays_in_the_sentence_and_stops_in_time(
    text: str, reach: int, data: st.DataObject
) -> None:
    """The strides that double find just what one step at a time would."""
    reading = read(text, rulebook().vocabulary)
    mask = data.draw(st.integers(0, (1 << reading.length) - 1))
    ahead = around = mask
    for _ in range(reach):
        ahead |= reading.forward(ahead)
        around |= reading.forward(around) | reading.backward(around)
    assert reading.ahead(mask, reach) == ahead
    assert reading.around(mask, reach) == around
    whole = mask
    for _ in range(reading.length):
        whole |= reading.forward(whole) | reading.backward(whole)
    assert reading.whole_sentences(mask) == whole


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 255)), max_size=3), st.integers(0, 255))
def test_a_tally_knows_the_greatest_sum_of_any_positions(added: list[tuple[int, int]], places: int) -> None:
    tally = Tally()
    for points, where in added:
        tally.add(points, where)
    sums = [sum(points for points, where in added if where >> place & 1) for place in range(8)]
    assert tally.most(places) == max((total for place, total in enumerate(sums) if places >> place & 1), default=0)


@pytest.mark.parametrize(
    ("calm", "alarm"),
    [
        (
            "One year since my stroke. That day I could not speak and my face drooped. I read in church now and feel fine.",
            "My face drooped this morning and I can't speak right. It is getting worse. I read in church tomorrow.",
        ),
        (
            "Thank you all, you saved my life in March when I had the heart attack. When does the rehab class meet?",
            "You saved my life in March when I had the heart attack. Today the pressure in my chest is back and I sweat.",
        ),
        (
            "The nurse asks me every visit if I want to kill myself. I do not. Please put a note in my chart that I said no.",
            "The nurse asked me if I want to kill myself. I said no but it was a lie. I have it all worked out for tonight.",
        ),
        (
            "La enfermera siempre pregunta si quiero matarme. No, nunca. Por favor pongan una nota en mi expediente.",
            "La enfermera me preguntó si quiero matarme y le dije que no, pero ya tengo la pistola en la mano.",
        ),
        (
            "Should I take it twice a day or once? The bottle says twice.",
            "I took it twice by mistake, the insulin, and I'm shaky.",
        ),
    ],
)
def test_the_same_danger_told_calmly_and_as_an_alarm(calm: str, alarm: str) -> None:
    assert screen("", calm).reasons == ()
    assert screen("", alarm).urgent


@pytest.mark.parametrize(
    ("body", "context"),
    [
        (
            "I am alive because of Dr. Lee and the ICU crew. I had crushing chest pain and couldn't breathe that night.",
            "thankful",
        ),
        ("They ask whether I plan to hurt anybody. It's in every call.", "screened"),
        ("Took my vitamin C twice today by mistake. Any harm?", "harmless_dose"),
        ("What should I do if my sugar falls to 38? It has never happened, we only want to be ready.", "hypothetical"),
    ],
)
def test_thanks_and_questions_that_are_asked_take_weight(body: str, context: str) -> None:
    """Each text would be a false alarm without its context."""
    assert not screen("", body).urgent
    without = {name: {key: to for key, to in to.items() if key != context} for name, to in rulebook().families.items()}
    with mock.patch.object(screening, "rulebook", return_value=replace(rulebook(), families=without)):
        assert screen("", body).urgent


def test_a_plain_sign_is_heard_in_a_message_that_leans_to_business() -> None:
    """The wording takes points from the ten of the sign; were ten still asked for, nobody would hear it."""
    errand = (
        "Please renew the lisinopril when you have time. My appointment is the 9th. {} Thank you for the quick answer last "
        "time."
    )
    assert screen("", errand.format("I have chest pain.")).reasons == ("chest-pain",)
    assert not screen("", errand.format("My left arm aches.")).urgent
    with mock.patch.object(screening, "NEEDED", screening.ENOUGH):
        assert not screen("", errand.format("I have chest pain.")).urgent


def test_a_weak_sign_said_often_counts_once() -> None:
    """Each sign adds its points once at a place, however often it is said there."""
    assert not screen("", "Should I take it twice? Twice a day? " * 6).urgent
    assert not screen("", "My left arm aches. " * 10).urgent


@pytest.mark.parametrize("danger", ["I want to die", "my face is drooping and I can't talk right since this morning"])
def test_a_long_calm_letter_does_not_hide_one_line(danger: str) -> None:
    calm = "Thank you for the new glasses, they fit well. Could you renew the drops when you have time? " * 60
    assert not screen("", calm).urgent
    assert screen("", f"{calm}\n{danger}").urgent
    assert screen("", f"{danger}\n{calm}").urgent


@given(st.lists(st.sampled_from([*URGENT, *(("", body) for body in HARMLESS)]), max_size=6))
def test_what_a_send_asks_is_what_the_report_says(texts: list[tuple[str, str]]) -> None:
    body = "\n".join(text for _, text in texts)
    assert is_urgent("", body) == screen("", body).urgent


@given(st.text(alphabet="ai -.*", max_size=600))
def test_letters_with_gaps_are_read_in_bounded_work(text: str) -> None:
    """No run makes more words than it has letters, so work stays in proportion to the text."""
    assert read(text, rulebook().vocabulary).length <= len(text)


def test_reasons_hold_no_word_of_the_text() -> None:
    found = screen("zebracanary", "zebracanary wants to die, crushing chest pain")
    assert found.urgent
    assert "zebracanary" not in json.dumps([*found.reasons, *labels(found.reasons)])
    assert all(re.fullmatch(r"[a-z-]+", reason) for reason in found.reasons)


def test_every_word_of_the_rules_can_be_met_in_a_text() -> None:
    """A word that no text can hold, such as one with a dot inside, would be a rule that never speaks."""
    unmeetable = [word for word in VOCABULARY if TOKEN.findall(plain(word)) != [word]]
    assert unmeetable == []
