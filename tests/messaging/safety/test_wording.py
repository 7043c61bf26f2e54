"""How a message is worded: weights learned from the labelled texts, in a file that says what was learned."""

from benchmarks.safety.learn import FILE, SOURCES, examples, learn, written
from messaging.safety import screen
from messaging.safety.rulebook import rulebook
from messaging.safety.wording import Wording


def test_the_file_holds_what_the_labelled_texts_teach() -> None:
    """Whoever changes texts, lists or contexts runs `python -m benchmarks.safety.learn` again."""
    wording = learn([example for pattern in SOURCES for example in examples(pattern)])
    assert written(wording) == FILE.read_text("utf-8")


def test_words_of_now_lean_to_danger_and_lessons_away_from_it() -> None:
    weights = rulebook().wording.weights
    assert all(weights[name] > 0 for name in ("@now", "@severe", "@hopeless", "tonight", "cant"))
    assert all(weights[name] < 0 for name in ("=lessons", "=far_past", "=relieved", "@mild", "please"))


def test_a_leaning_grows_with_what_says_it_and_not_with_the_length() -> None:
    wording = Wording(0, {"now": 20, "refill": -20})
    assert wording.points({"now"}) > 0 > wording.points({"refill"})
    assert wording.points({"now", "unknown", "words"}) == wording.points({"now"})
    assert wording.points({"now", "refill"}) == 0


def test_wording_alone_can_be_a_hit_of_its_own() -> None:
    body = (
        "It started an hour ago and keeps getting worse. I can't stop shaking and sweating, I feel awful, something is very "
        "wrong with me tonight and nobody is here."
    )
    assert screen("", body).reasons == ("wording",)
