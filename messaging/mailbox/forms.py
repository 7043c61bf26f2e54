"""Parsing what the veteran posts. Rules of content live in messaging.text and the actions."""

import uuid
from typing import Any

from django import forms

from messaging.mailbox.drafts import DraftContent
from messaging.models import Category
from messaging.text import BODY_MOST, SUBJECT_MOST

# Newlines come as two characters; the limit itself is checked on the normal form.
RAW_MOST = 4 * BODY_MOST + 10_000


class DraftKey(forms.Form):
    """Which draft a page is about, and the version that it showed."""

    draft_id = forms.UUIDField(widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2_000_000_000, required=False)

    def key(self) -> tuple[uuid.UUID, int]:
        """Return the draft's id and version; call after is_valid()."""
        return self.cleaned_data["draft_id"], self.cleaned_data.get("version") or 0


class ComposeForm(DraftKey):
    """A new message. Nothing is required to save; the send action asks for all four."""

    team = forms.UUIDField(
        label="Care team", required=False, widget=forms.RadioSelect, error_messages={"invalid": "Choose a care team"}
    )
    category = forms.ChoiceField(
        label="Category",
        choices=[("", "Choose a category"), *Category.choices],
        required=False,
        error_messages={"invalid_choice": "Choose a category from the list"},
    )
    subject = forms.CharField(label="Subject", max_length=SUBJECT_MOST * 4, required=False, strip=False)
    body = forms.CharField(
        label="Message",
        max_length=RAW_MOST,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 10}),
    )

    def __init__(self, *args: Any, team_choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].widget.choices = team_choices

    def content(self) -> DraftContent:
        """Return what was typed so far."""
        data = self.cleaned_data
        return DraftContent(
            team_id=data.get("team"),
            category=data.get("category") or "",
            subject=data.get("subject") or "",
            body=data.get("body") or "",
        )


class ReplyForm(DraftKey):
    """A reply."""

    body = forms.CharField(
        label="Your reply",
        max_length=RAW_MOST,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8}),
    )
