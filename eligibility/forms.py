"""Forms of the veteran's pages."""

from django import forms


class TermsForm(forms.Form):
    """Agreeing to the version that was shown, which need not be the current one by the time it is posted."""

    version = forms.CharField(max_length=20, widget=forms.HiddenInput)
