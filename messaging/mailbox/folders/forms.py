"""The name of an own folder."""

from django import forms
from django.utils.translation import gettext_lazy as _

from messaging.mailbox.folders.names import NAME_MOST


class FolderForm(forms.Form):
    """What a folder is called; the action checks it."""

    name = forms.CharField(
        required=False,
        strip=False,
        label=_("Folder name"),
        help_text=_("Letters, numbers and spaces, up to 50 characters"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": str(NAME_MOST)}),
    )
