"""The facility search."""

from django import forms
from django.utils.translation import gettext_lazy as _

from smportal.public.queries import Wanted
from smportal.public.states import STATES


class FacilitySearch(forms.Form):
    """Name or station number, and state; either may be empty. The cursors come from our own links."""

    q = forms.CharField(
        label=_("Name, city or station number"),
        max_length=100,
        required=False,
        help_text=_("For example: Houston, or 580"),
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    state = forms.ChoiceField(
        label=_("State or territory"),
        required=False,
        choices=[("", _("All")), *sorted(STATES.items(), key=lambda s: s[1])],
    )
    after = forms.CharField(max_length=6, required=False, widget=forms.HiddenInput)
    before = forms.CharField(max_length=6, required=False, widget=forms.HiddenInput)

    def wanted(self) -> Wanted:
        """Return the cleaned search."""
        data = self.cleaned_data
        return Wanted(text=data["q"], state=data["state"], after=data["after"], before=data["before"])
