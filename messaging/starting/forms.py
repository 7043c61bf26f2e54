"""Parsing what a member posts on the way to a new conversation."""

import uuid
from typing import Any

from django import forms

from messaging.library.forms import WithLinks
from messaging.mailbox.content import DraftContent
from messaging.mailbox.forms import DraftKey, TypedText
from messaging.models import Category
from messaging.reply_templates.forms import WithTemplates
from messaging.text import BODY_MOST, SUBJECT_MOST


class FindForm(forms.Form):
    """The team to write for, and whom to look for."""

    team = forms.TypedChoiceField(
        label="For which team",
        coerce=uuid.UUID,
        error_messages={"required": "Choose a team", "invalid_choice": "Choose one of your teams"},
    )
    find = forms.CharField(
        label="Veteran’s name or ICN",
        help_text="At least 2 letters of the name, or the whole ICN, such as 1012345678V123456",
        max_length=200,
        error_messages={"required": "Enter a name or an ICN"},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    record = forms.UUIDField(required=False, error_messages={"invalid": "Choose one of the veterans"})

    def __init__(self, *args: Any, teams: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = teams if len(teams) == 1 else [("", "Choose a team"), *teams]
        self.fields["team"].choices = choices  # type: ignore[attr-defined]


class StartForm(DraftKey, WithLinks, WithTemplates):
    """What is written to the veteran. Nothing is required to save; the send asks for all that it needs."""

    category = forms.ChoiceField(
        label="Category",
        choices=[("", "Choose a category"), *Category.choices],
        required=False,
        error_messages={"invalid_choice": "Choose a category from the list"},
    )
    subject = TypedText(label="Subject", most=SUBJECT_MOST)
    body = TypedText(label="Message", most=BODY_MOST, widget=forms.Textarea(attrs={"rows": 10}))
    # Errors about the veteran show beside the name, which is no field of the form that anybody fills in.
    record = forms.CharField(required=False, widget=forms.HiddenInput)

    def content(self) -> DraftContent:
        """Return what was typed so far; call after is_valid()."""
        data = self.cleaned_data
        return DraftContent(
            category=data.get("category") or "",
            subject=data.get("subject") or "",
            body=data.get("body") or "",
            links=tuple(data.get("links") or ()),
        )

    @staticmethod
    def initial_of(content: DraftContent) -> dict[str, Any]:
        """Return the initial values of a form that shows this content."""
        return {
            "category": content.category,
            "subject": content.subject,
            "body": content.body,
            "links": content.links,
        }
