"""Parsing what care team members post."""

import uuid
from typing import Any

from django import forms

from messaging.library.forms import WithLinks
from messaging.mailbox.content import DraftContent
from messaging.mailbox.forms import DraftKey, TypedText
from messaging.models.conversation import STAFF_OUTCOMES
from messaging.reply_templates.forms import WithTemplates
from messaging.text import BODY_MOST


class StaffReplyForm(DraftKey, WithLinks, WithTemplates):
    """An answer, with what the page had shown when it was written, links of the health library and templates."""

    seen_until = forms.DateTimeField(widget=forms.HiddenInput, required=False)
    body = TypedText(label="Your answer", most=BODY_MOST, widget=forms.Textarea(attrs={"rows": 8}))
    with_signature = forms.BooleanField(label="End with my name, title and line", required=False)

    def content(self) -> DraftContent:
        """Return what was typed and chosen so far; it tolerates what is not valid."""
        data = self.cleaned_data
        return DraftContent(
            body=data.get("body") or "",
            with_signature=bool(data.get("with_signature")),
            links=tuple(data.get("links") or ()),
        )


class NoteForm(forms.Form):
    """An internal note."""

    draft_id = forms.UUIDField(widget=forms.HiddenInput)
    note = TypedText(label="Internal note", most=BODY_MOST, widget=forms.Textarea(attrs={"rows": 3}))


class AssignForm(forms.Form):
    """One of the team's members, or nobody."""

    staff = forms.TypedChoiceField(
        label="Assign to",
        required=False,
        coerce=uuid.UUID,
        empty_value=None,
        error_messages={"invalid_choice": "Choose a member of this team"},
    )

    def __init__(self, *args: Any, members: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["staff"].choices = [("", "Nobody"), *members]  # type: ignore[attr-defined]


class HandOverKey(forms.Form):
    """What tells a form that is posted twice from two hand-overs."""

    key = forms.UUIDField(widget=forms.HiddenInput)


class HandOverForm(HandOverKey):
    """Another team of the facility, and what it should know."""

    team = forms.TypedChoiceField(
        label="Care team",
        coerce=uuid.UUID,
        error_messages={"required": "Choose a care team", "invalid_choice": "Choose a care team from the list"},
    )
    note = TypedText(label="Internal note for the other team", most=BODY_MOST, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, teams: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].choices = [("", "Choose a team"), *teams]  # type: ignore[attr-defined]


class CompleteForm(forms.Form):
    """How it was resolved."""

    outcome = forms.ChoiceField(
        label="How was this resolved?",
        choices=[("", "Choose"), *((outcome.value, outcome.label) for outcome in STAFF_OUTCOMES)],
        error_messages={"required": "Choose how this was resolved", "invalid_choice": "Choose how this was resolved"},
    )
