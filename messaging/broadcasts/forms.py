"""Parsing what a triage lead posts."""

from collections.abc import Sequence
from typing import Any

from django import forms

from eligibility.models import Relation
from messaging.broadcasts.content import Content
from messaging.library.forms import WithLinks
from messaging.mailbox.forms import DraftKey, TypedText
from messaging.models import Category, Source
from messaging.reply_templates.forms import WithTemplates
from messaging.text import BODY_MOST, SUBJECT_MOST


class BeginForm(forms.Form):
    """The team to write for."""

    team = forms.ChoiceField(
        label="For which team",
        error_messages={"required": "Choose a team", "invalid_choice": "Choose one of the teams that you lead"},
    )

    def __init__(self, *args: Any, teams: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].choices = teams if len(teams) == 1 else [("", "Choose a team"), *teams]  # type: ignore[attr-defined]


class BroadcastForm(DraftKey, WithLinks, WithTemplates):
    """The text and whom it goes to. Nothing is required to save; the check asks for all that it needs."""

    category = forms.ChoiceField(
        label="Category", choices=[("", "Choose a category"), *Category.choices], required=False
    )
    subject = TypedText(label="Subject", most=SUBJECT_MOST)
    body = TypedText(label="Message", most=BODY_MOST, widget=forms.Textarea(attrs={"rows": 10}))
    source = forms.ChoiceField(label="Who gets it", choices=Source.choices, required=False, widget=forms.RadioSelect)
    icns = forms.CharField(
        label="List of ICNs",
        help_text="One veteran a line. Other columns beside the ICN don’t matter.",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off", "spellcheck": "false"}),
    )
    relation = forms.ChoiceField(
        label="Why they are assigned", choices=[("", "Any reason"), *Relation.choices], required=False
    )
    registered_at = forms.TypedChoiceField(label="Registered at", required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, facilities: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["registered_at"].choices = [("", "Any facility"), *facilities]  # type: ignore[attr-defined]

    def content(self, uploaded: str | None = None) -> Content:
        """Return what was typed so far, with an uploaded list instead of a pasted one; call after is_valid()."""
        data = self.cleaned_data
        return Content(
            category=data.get("category") or "",
            subject=data.get("subject") or "",
            body=data.get("body") or "",
            source=data.get("source") or Source.LIST,
            icns=uploaded if uploaded is not None else data.get("icns") or "",
            relation=data.get("relation") or "",
            registered_at=data.get("registered_at"),
            links=tuple(data.get("links") or ()),
        )

    @staticmethod
    def initial_of(content: Content) -> dict[str, Any]:
        """Return the initial values of a form that shows this content."""
        return {
            "category": content.category,
            "subject": content.subject,
            "body": content.body,
            "source": content.source,
            "icns": content.icns or "",
            "relation": content.relation,
            "registered_at": content.registered_at,
            "links": content.links,
        }


class ConfirmForm(forms.Form):
    """The number that the page named, and that it is meant."""

    count = forms.IntegerField(widget=forms.HiddenInput)
    sure = forms.BooleanField(error_messages={"required": "Confirm the number of veterans"})

    def __init__(self, *args: Any, number: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        veterans = "1 veteran" if number == 1 else f"{number:,} veterans"
        self.fields["sure"].label = f"Yes, send this message to {veterans}"
