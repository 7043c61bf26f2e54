"""The guided forms, as data: appointment, referral, test result, prescription renewal (domain rules, section 4).

Sent messages never change and keep names and codes, not labels. So a name or a code is never used again
for something else, and never renamed; a question that is no longer asked stays here with `retired=True`.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from messaging.models import Category

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


@dataclass(frozen=True, slots=True)
class Question:
    """One field. With choices it is one of them, by code; otherwise text of at most `most` characters."""

    name: str
    label: "StrPromise"
    hint: "StrPromise | str" = ""
    required: bool = True
    most: int = 200
    choices: "tuple[tuple[str, StrPromise], ...]" = ()
    retired: bool = False

    def choice_label(self, code: str) -> str:
        """Return a choice in words; a code that is not among them stays as it is."""
        return str(dict(self.choices).get(code, code))


@dataclass(frozen=True, slots=True)
class Kind:
    """One form. `category` is what its conversation is filed under, `body_label` what the message itself answers."""

    code: str
    label: "StrPromise"
    category: Category
    subject: "StrPromise"
    body_label: "StrPromise"
    body_hint: "StrPromise | str"
    questions: tuple[Question, ...]


_PHONE = Question(
    "phone",
    _("Best phone number to reach you"),
    hint=_("In case your team needs to talk with you about it"),
    required=False,
    most=40,
)

_APPOINTMENT = Kind(
    code="appointment",
    label=_("Appointment request"),
    category=Category.APPOINTMENT,
    subject=_("Appointment request"),
    body_label=_("What is the appointment for?"),
    body_hint=_("Tell your team what’s going on, and since when"),
    questions=(
        Question(
            "wish",
            _("What do you need?"),
            choices=(
                ("new", _("A new appointment")),
                ("move", _("Another time for one I have")),
                ("cancel", _("To cancel one I have")),
            ),
        ),
        Question(
            "visit",
            _("How would you like to meet?"),
            choices=(
                ("in_person", _("In person")),
                ("video", _("By video")),
                ("phone", _("By phone")),
                ("any", _("Any of these")),
            ),
        ),
        Question(
            "times",
            _("Days and times that work for you"),
            hint=_("For example: Tuesday or Thursday mornings. To move or cancel: the date and time you have now."),
            most=300,
        ),
        _PHONE,
    ),
)

_REFERRAL = Kind(
    code="referral",
    label=_("Referral request"),
    category=Category.REFERRAL,
    subject=_("Referral request"),
    body_label=_("Why do you need this care?"),
    body_hint=_("Tell your team what’s going on, and since when"),
    questions=(
        Question(
            "care",
            _("What kind of care or specialist do you need?"),
            hint=_("For example: hearing test, foot doctor, physical therapy"),
        ),
        Question(
            "place",
            _("Where would you like to be seen?"),
            choices=(
                ("va", _("At a VA facility")),
                ("community", _("By a provider near me, outside VA")),
                ("any", _("Wherever it’s soonest")),
            ),
        ),
        Question("seen", _("Who have you seen about it before?"), required=False, most=300),
        _PHONE,
    ),
)

_TEST_RESULT = Kind(
    code="test_result",
    label=_("Question about a test result"),
    category=Category.TEST_RESULT,
    subject=_("Question about a test result"),
    body_label=_("What would you like to know?"),
    body_hint="",
    questions=(
        Question("test", _("Which test?"), hint=_("For example: blood test for cholesterol, X-ray of the left knee")),
        Question("date", _("When was it done?"), hint=_("About when is fine"), required=False, most=100),
        Question("place", _("Where was it done?"), required=False),
        Question(
            "wish",
            _("What do you need?"),
            choices=(
                ("explain", _("Somebody to explain the result")),
                ("missing", _("I don’t have the result yet")),
                ("next", _("To know what happens next")),
                ("copy", _("A copy of the result")),
            ),
        ),
    ),
)

_RENEWAL = Kind(
    code="prescription_renewal",
    label=_("Prescription renewal"),
    category=Category.MEDICATION,
    subject=_("Prescription renewal"),
    body_label=_("How are you doing with this medicine?"),
    body_hint=_("Tell your team about side effects, or if you take it in another way than the label says"),
    questions=(
        Question("medicine", _("Name of the medicine"), hint=_("As it is written on the label")),
        Question("strength", _("Strength, and how you take it"), hint=_("For example: 10 mg, one tablet each morning")),
        Question(
            "number",
            _("Prescription number"),
            hint=_("On the label, near the top. It often begins with “Rx”."),
            required=False,
            most=40,
        ),
        Question(
            "left",
            _("How much do you have left?"),
            choices=(
                ("none", _("None")),
                ("days", _("Less than a week")),
                ("weeks", _("One to two weeks")),
                ("more", _("More than two weeks")),
            ),
        ),
        Question(
            "delivery",
            _("How would you like to get it?"),
            choices=(("mail", _("By mail")), ("window", _("I’ll pick it up at the pharmacy window"))),
        ),
    ),
)

KINDS: Final[dict[str, Kind]] = {kind.code: kind for kind in (_APPOINTMENT, _REFERRAL, _TEST_RESULT, _RENEWAL)}


def kind_of(code: str) -> Kind | None:
    """Return a form by its code, or None: no form, or one of later."""
    return KINDS.get(code)
