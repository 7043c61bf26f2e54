"""Parsing a team's automatic acknowledgement."""

from django import forms

from eligibility.models import Acknowledgement, CareTeam
from messaging.acknowledging.actions import TEXT_MOST
from messaging.acknowledging.texts import STANDARD, STANDARD_ES
from messaging.mailbox.forms import TypedText


class AcknowledgementForm(forms.Form):
    """When, and the words in two languages."""

    acknowledgement = forms.ChoiceField(
        label="When is it sent?",
        choices=Acknowledgement.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose when it is sent", "invalid_choice": "Choose when it is sent"},
    )
    acknowledgement_text = TypedText(label="Text in English", most=TEXT_MOST, widget=forms.Textarea(attrs={"rows": 8}))
    acknowledgement_text_es = TypedText(
        label="Text in Spanish",
        most=TEXT_MOST,
        widget=forms.Textarea(attrs={"rows": 8, "lang": "es"}),
        help_text="For veterans who read the portal in Spanish.",
    )

    @staticmethod
    def initial_of(team: CareTeam) -> dict[str, str]:
        """Return the team's setting; a text that nobody has written yet starts from the standard one."""
        return {
            "acknowledgement": team.acknowledgement,
            "acknowledgement_text": team.acknowledgement_text or STANDARD,
            "acknowledgement_text_es": team.acknowledgement_text_es or STANDARD_ES,
        }
