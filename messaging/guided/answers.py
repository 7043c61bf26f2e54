"""What was answered in a guided form: kept in part, checked as a whole, shown with today's labels."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.translation import gettext as _

from messaging import text
from messaging.guided.kinds import Kind, Question, kind_of
from smportal.errors import InvalidInput

# On the page each question's field carries the form's prefix: `guided_medicine`.
PREFIX = "guided_"


@dataclass(frozen=True, slots=True)
class Guided:
    """Which form, and what was answered by the name of the question. No form: an empty `kind`."""

    kind: str = ""
    answers: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.kind)

    def packed(self) -> str:
        """Return it as one text, the same for the same answers; empty without a form."""
        if not self.kind:
            return ""
        filled = {name: value for name, value in self.answers.items() if value}
        return json.dumps({"kind": self.kind, "answers": filled}, ensure_ascii=False, sort_keys=True)

    @classmethod
    def unpacked(cls, packed: str) -> "Guided":
        """Return what `packed` was made of."""
        if not packed:
            return cls()
        data = json.loads(packed)
        return cls(data["kind"], data["answers"])


class Answer(NamedTuple):
    """One answer as people read it."""

    label: str
    value: str


class Shown(NamedTuple):
    """A guided request as people read it."""

    label: str
    answers: list[Answer]


def kept(guided: Guided) -> Guided:
    """Return a partial form in normal form, for a draft; an unknown form is none.

    Raises InvalidInput, naming the field, for characters that cannot be kept and for what is far too long.
    """
    kind = kind_of(guided.kind)
    if kind is None:
        return Guided()
    return Guided(kind.code, {name: _kept(question, value) for name, question, value in _asked(kind, guided)})


def _kept(question: Question, value: str) -> str:
    clean = text.normalised(value, field=PREFIX + question.name, label=str(question.label))
    if len(clean) > 4 * question.most:
        raise _too_long(question, len(clean))
    return clean


def checked(guided: Guided) -> tuple[Guided, list[InvalidInput]]:
    """Return the whole form in normal form, and everything that is wrong with it, each with its field."""
    kind = kind_of(guided.kind)
    if kind is None:
        return Guided(), []
    answers, errors = {}, []
    for name, question, value in _asked(kind, guided):
        try:
            answers[name] = _checked(question, value)
        except InvalidInput as error:
            errors.append(error)
    return Guided(kind.code, answers), errors


def _checked(question: Question, value: str) -> str:
    name = PREFIX + question.name
    clean = " ".join(text.normalised(value, field=name, label=str(question.label)).split())
    if not text.has_visible(clean):
        if question.required:
            raise InvalidInput(_("Answer “{label}”").format(label=question.label), code="empty", field=name)
        return ""
    if question.choices and clean not in dict(question.choices):
        raise InvalidInput(_("Choose one of the answers"), code="unknown_choice", field=name)
    if len(clean) > question.most:
        raise _too_long(question, len(clean))
    return clean


def _too_long(question: Question, length: int) -> InvalidInput:
    shorten = _("“{label}” is too long. Shorten it by {over:,} characters to at most {most:,}.")
    words = shorten.format(label=question.label, over=length - question.most, most=question.most)
    return InvalidInput(words, code="too_long", field=PREFIX + question.name)


def _asked(kind: Kind, guided: Guided) -> Iterator[tuple[str, Question, str]]:
    """Yield what is asked today with its answer; anything else that came along is left out."""
    for question in kind.questions:
        if not question.retired:
            yield question.name, question, guided.answers.get(question.name, "")


def shown(guided: Guided) -> Shown | None:
    """Return a form as people read it, in the order of its questions; None for no form.

    What a later version asked and this one does not know stays readable under its own name.
    """
    if not guided.kind:
        return None
    kind = kind_of(guided.kind)
    questions = {question.name: question for question in kind.questions} if kind else {}
    order = [*questions, *(name for name in guided.answers if name not in questions)]
    answers = [_answer(name, questions.get(name), guided.answers[name]) for name in order if guided.answers.get(name)]
    return Shown(str(kind.label) if kind else _in_words(guided.kind), answers)


def _answer(name: str, question: Question | None, value: str) -> Answer:
    if question is None:
        return Answer(_in_words(name), value)
    return Answer(str(question.label), question.choice_label(value))


def _in_words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def as_text(guided: Guided) -> str:
    """Return the answers as lines of text: for somebody who goes on without the form."""
    form = shown(guided)
    return "\n".join(f"{answer.label}: {answer.value}" for answer in form.answers) if form else ""


def typed_text(guided: Guided) -> tuple[str, ...]:
    """Return what was typed in it, for the safety screen: choices are the form's own words."""
    kind = kind_of(guided.kind)
    chosen = {question.name for question in kind.questions if question.choices} if kind else set()
    return tuple(value for name, value in guided.answers.items() if value and name not in chosen)
