"""Parsing what staff choose and type for a note."""

import uuid
from collections.abc import Iterable
from typing import Any

from django import forms

from messaging.health_record.actions import REASON_MOST
from messaging.health_record.preparing import TITLE_MOST, Choice
from messaging.mailbox.entries import Entry
from messaging.mailbox.forms import TypedText
from messaging.models import Clinic


class RecordNoteForm(forms.Form):
    """Which messages, under which title, at which clinic. The action checks; every value comes back."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    title = TypedText(
        label="Title of the note",
        most=TITLE_MOST,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text="Colleagues see it in the list of the veteran’s notes.",
    )
    clinic = forms.TypedChoiceField(
        label="Clinic",
        coerce=uuid.UUID,
        required=False,
        empty_value=None,
        error_messages={"invalid_choice": "Choose a clinic"},
    )
    messages = forms.TypedMultipleChoiceField(
        label="Messages",
        coerce=uuid.UUID,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "A message that you chose can’t be saved. Look at your choice again."},
    )

    def __init__(self, *args: Any, entries: Iterable[Entry], clinics: Iterable[Clinic], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.entries = list(entries)
        self.fields["clinic"].choices = [  # type: ignore[attr-defined]
            ("", "Choose a clinic"),
            *((str(clinic.id), clinic.name) for clinic in clinics),
        ]
        self.fields["messages"].choices = [  # type: ignore[attr-defined]
            (str(entry.id), f"{entry.author}, {entry.sent}") for entry in self.entries
        ]

    def choice(self) -> Choice:
        """Return what was chosen; call after is_valid()."""
        data = self.cleaned_data
        return Choice(data["messages"], data["title"], data["clinic"])

    def rows(self) -> list[tuple[Any, Entry]]:
        """Return each message's box with the message."""
        return list(zip(self["messages"], self.entries, strict=True))


class DismissForm(forms.Form):
    """Why a note is given up."""

    reason = TypedText(
        label="Why you give this note up",
        most=REASON_MOST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For example: entered in the health record by hand.",
    )
