"""Parsing a reminder."""

from django import forms

from messaging.mailbox.forms import TypedText
from messaging.reminding.actions import NOTE_MOST
from smportal.widgets import MemorableDate


class ReminderForm(forms.Form):
    """A day, and what to remember."""

    day = forms.DateField(
        label="Remind me on",
        help_text="A business day of your facility. You are reminded at 8 in the morning.",
        widget=MemorableDate,
        error_messages={"required": "Enter the day on which you want to be reminded", "invalid": "Enter a real date"},
    )
    note = TypedText(
        label="Note to yourself (optional)",
        most=NOTE_MOST,
        help_text="Only you see it.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
