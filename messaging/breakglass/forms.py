"""The two forms of break glass; the actions check what they say."""

from django import forms

from messaging.breakglass.actions import REASON_LEAST, REASON_MOST
from messaging.models import Verdict


class OpenForm(forms.Form):
    """Which conversation, and why."""

    number = forms.CharField(
        label="Message number",
        max_length=20,
        help_text="The 10 digits that the veteran or the care team gave you.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "vTextField"}),
        error_messages={"required": "Enter the 10 digits of the message number."},
    )
    reason = forms.CharField(
        label="Reason",
        help_text=f"{REASON_LEAST} to {REASON_MOST:,} characters. A privacy officer will read it.",
        widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off", "class": "vLargeTextField"}),
        error_messages={"required": f"Enter a reason of {REASON_LEAST} characters or more."},
    )


class ReviewForm(forms.Form):
    """What the privacy officer found."""

    verdict = forms.ChoiceField(
        label="What did you find?",
        choices=[("", "Choose one"), *Verdict.choices],
        error_messages={"required": "Choose what you found."},
    )
    note = forms.CharField(
        label="Note",
        required=False,
        help_text="Needed when it was not appropriate. Up to 1,000 characters.",
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "class": "vLargeTextField"}),
    )
