"""Parsing what the veteran posts. Rules of content live in messaging.text and the actions."""

import uuid
from typing import Any

from django import forms

from messaging.mailbox.drafts import DraftContent
from messaging.models import Category
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
    subject = TypedText(label="Subject", most=SUBJECT_MOST)
    body = TypedText(label="Message", most=BODY_MOST, widget=forms.Textarea(attrs={"rows": 10}))

    def offer_teams(self, choices: list[tuple[str, str]]) -> None:
        """Say which teams the page shows; which one may be written to is for the action to decide."""
        self.fields["team"].widget.choices = choices

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

    body = TypedText(label="Your reply", most=BODY_MOST, widget=forms.Textarea(attrs={"rows": 8}))
