"""Parsing what the veteran posts. Rules of content live in messaging.mailbox.content and the actions."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from messaging.guided import Guided, Kind, Question, kind_of
from messaging.guided.answers import PREFIX
from messaging.mailbox.content import DraftContent
from messaging.models import Category
from messaging.signing import LEGAL_NAME_MOST, STATEMENT, STATEMENTS, LegalSignature
from messaging.text import BODY_MOST, SUBJECT_MOST


class TypedText(forms.CharField):
    """Text as it was typed.

    `max_length` is what the counter shows; the action checks it on the normal form, where a line end is one character and a composed letter too: a browser's or Django's own limit
    would refuse texts that fit, or cut what was pasted.
    """

    def __init__(self, *, most: int, **kwargs: Any) -> None:
        super().__init__(required=False, strip=False, **kwargs)
        self.max_length = most


class DraftKey(forms.Form):
    """Which draft a page is about, and the version that it showed."""

    draft_id = forms.UUIDField(widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2_000_000_000, required=False)

    def key(self) -> tuple[uuid.UUID, int]:
        """Return the draft's id and version; call after is_valid()."""
        return self.cleaned_data["draft_id"], self.cleaned_data.get("version") or 0


class SignedForm(DraftKey):
    """What a new message and a reply share: the text and how it is signed. `content` tolerates what is not valid."""

    body = TypedText(label=gettext_lazy("Message"), most=BODY_MOST, widget=forms.Textarea(attrs={"rows": 10}))
    with_signature = forms.BooleanField(label=gettext_lazy("Add my signature"), required=False)
    legal_name = TypedText(
        label=gettext_lazy("Your full name"),
        most=LEGAL_NAME_MOST,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    legal_certified = forms.BooleanField(label=STATEMENTS[STATEMENT], required=False)

    def content(self) -> DraftContent:
        """Return what was typed so far; call after is_valid()."""
        data = self.cleaned_data
        return DraftContent(
            body=data.get("body") or "",
            with_signature=bool(data.get("with_signature")),
            legal=LegalSignature(data.get("legal_name") or "", bool(data.get("legal_certified"))),
        )

    @staticmethod
    def initial_of(content: DraftContent) -> dict[str, Any]:
        """Return the initial values of a form that shows this content."""
        return {
            "body": content.body,
            "with_signature": content.with_signature,
            "legal_name": content.legal.name,
            "legal_certified": content.legal.certified,
        }


class ComposeForm(SignedForm):
    """A new message. Nothing is required to save; the send action asks for all that it needs.

    With `guided` it also has the questions of that form (messaging.guided).
    """

    field_order = ("team", "guided", "category", "subject")

    team = forms.UUIDField(
        label=gettext_lazy("Care team"),
        required=False,
        widget=forms.HiddenInput,
        error_messages={"invalid": gettext_lazy("Choose a care team")},
    )
    guided = forms.CharField(required=False, widget=forms.HiddenInput)
    category = forms.ChoiceField(
        label=gettext_lazy("Category"),
        choices=[("", gettext_lazy("Choose a category")), *Category.choices],
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose a category from the list")},
    )
    subject = TypedText(label=gettext_lazy("Subject"), most=SUBJECT_MOST)

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        source = data if data is not None else initial or {}
        self.kind = kind_of(source.get("guided") or "")
        if self.kind is not None:
            self._ask(self.kind)

    def _ask(self, kind: Kind) -> None:
        """Add the questions of a guided form, before the message itself."""
        questions = {PREFIX + question.name: _field_of(question) for question in kind.questions if not question.retired}
        self.fields |= questions
        self.order_fields(("team", "guided", "category", "subject", *questions, "body"))
        # The form says what it is about, so nobody has to choose.
        self.fields["category"].widget = forms.HiddenInput()
        self.fields["body"].label = kind.body_label
        self.fields["body"].help_text = kind.body_hint

    @property
    def optional_names(self) -> frozenset[str]:
        """The guided form's fields that may stay empty: the page marks them."""
        questions = self.kind.questions if self.kind else ()
        return frozenset(PREFIX + question.name for question in questions if not question.required)

    @property
    def questions(self) -> list[forms.BoundField]:
        """The guided form's fields as the page shows them."""
        return [self[name] for name in self.fields if name.startswith(PREFIX)]

    def content(self) -> DraftContent:
        """Return what was typed so far."""
        data, signed = self.cleaned_data, super().content()
        return DraftContent(
            team_id=data.get("team"),
            category=self.kind.category if self.kind else data.get("category") or "",
            subject=data.get("subject") or "",
            body=signed.body,
            guided=self._answers(),
            with_signature=signed.with_signature,
            legal=signed.legal,
        )

    def _answers(self) -> Guided:
        if self.kind is None:
            return Guided()
        names = (question.name for question in self.kind.questions if not question.retired)
        return Guided(self.kind.code, {name: self.cleaned_data.get(PREFIX + name) or "" for name in names})

    @staticmethod
    def initial_of(content: DraftContent) -> dict[str, Any]:
        """Return the initial values of a form that shows this content."""
        answers = {PREFIX + name: value for name, value in content.guided.answers.items()}
        return {
            **SignedForm.initial_of(content),
            "team": content.team_id,
            "guided": content.guided.kind,
            "category": content.category,
            "subject": content.subject,
            **answers,
        }


def _field_of(question: Question) -> forms.Field:
    """Return a form field for a question. Whether it may stay empty is for the send to say."""
    field: forms.Field
    if question.choices:
        field = forms.ChoiceField(
            label=question.label,
            choices=question.choices,
            required=False,
            widget=forms.RadioSelect,
            error_messages={"invalid_choice": gettext_lazy("Choose one of the answers")},
        )
    else:
        field = TypedText(label=question.label, most=question.most)
    field.help_text = question.hint
    return field


class ReplyForm(SignedForm):
    """A reply."""

    body = TypedText(label=gettext_lazy("Your reply"), most=BODY_MOST, widget=forms.Textarea(attrs={"rows": 8}))


class ChooseTeamForm(forms.Form):
    """The care team that a message goes to, and words to find it among many."""

    find = forms.CharField(label=gettext_lazy("Find a care team"), required=False, max_length=200)
    team = forms.UUIDField(
        label=gettext_lazy("Care team"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose a care team"),
            "invalid": gettext_lazy("Choose a care team"),
        },
    )

    def refuse_unknown(self, team_ids: frozenset[uuid.UUID]) -> bool:
        """Tell whether one of the teams that the page offered was chosen; says so beside the field if not."""
        if self.is_valid() and self.cleaned_data["team"] in team_ids:
            return False
        if not self.errors:
            self.add_error("team", _("Choose one of the care teams on this page"))
        return True
