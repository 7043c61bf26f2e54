"""The two forms of withdrawn messages; the actions check what they say."""

from django import forms

from messaging.mailbox.forms import TypedText
from messaging.models import ErrorReason, ErrorVerdict
from messaging.reviewing import NOTE_MOST


class WithdrawForm(forms.Form):
    """Why a message is withdrawn."""

    reason = forms.ChoiceField(
        label="Why do you withdraw it?",
        choices=ErrorReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose why you withdraw it", "invalid_choice": "Choose why you withdraw it"},
    )
    note = TypedText(
        label="Note for the privacy officer",
        most=NOTE_MOST,
        help_text="Needed for another reason. Don’t repeat what the message says.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ErrorReviewForm(forms.Form):
    """What the privacy officer decided."""

    verdict = forms.ChoiceField(
        label="What did you decide?",
        choices=[("", "Choose one"), *ErrorVerdict.choices],
        error_messages={"required": "Choose what you decided."},
    )
    note = forms.CharField(
        label="Note",
        required=False,
        help_text="Needed for an incident. Up to 1,000 characters.",
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "class": "vLargeTextField"}),
    )
