"""Forms of the veteran's pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from eligibility.actions.team_requests import LONGEST_WANTED


class TermsForm(forms.Form):
    """Agreeing to the version that was shown, which need not be the current one by the time it is posted."""

    version = forms.CharField(max_length=20, widget=forms.HiddenInput)


class MissingTeamForm(forms.Form):
    """Which team the veteran means, in own words. The action checks the text."""

    wanted = forms.CharField(
        label=_("Which team or provider are you looking for?"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "For example: Dr. Lee, or the diabetes clinic. The facility’s administrators read this. Don’t write"
            " about your health here."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # For the counter only: the action counts the text's normal form.
        self.fields["wanted"].max_length = LONGEST_WANTED  # type: ignore[attr-defined]
