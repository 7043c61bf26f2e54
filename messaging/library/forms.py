"""Parsing what is asked of the library, and which links go with an answer."""

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from messaging.library.queries import ALL
from messaging.models import LinkLanguage


class LibrarySearchForm(forms.Form):
    """Words to look for. Posted, so that no address says what somebody wants to read about."""

    words = forms.CharField(
        label=_("Search the health library"),
        error_messages={"required": _("Enter a word to search for.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    language = forms.ChoiceField(
        label=_("Language of the pages"),
        choices=[
            (LinkLanguage.ENGLISH, _("English")),
            (LinkLanguage.SPANISH, _("Spanish")),
            (ALL, _("English and Spanish")),
        ],
        error_messages={"invalid_choice": _("Choose a language from the list.")},
    )


class LinkIds(forms.Field):
    """The links of a form, each as often as it was posted: what is wrong with them is said beside the field."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[uuid.UUID]:
        try:
            return [uuid.UUID(each) for each in value or ()]
        except ValueError:
            raise ValidationError("Choose links from the health library.", code="unknown") from None


class WithLinks(forms.Form):
    """What a form that takes links of the library has besides; its words stay English. The page: picker.html."""

    links = LinkIds(label="Health library links", required=False)

    def wants_picker(self) -> bool:
        """Tell whether the form was posted to look into the library, or carries links already."""
        if not self.is_bound:
            return bool(self.initial.get("links"))
        return bool({"links", "library", "library_words"} & set(self.data))

    def posted_links(self) -> list[uuid.UUID]:
        """Return the links as posted, valid or not, without what is no id at all; of a draft, those that it has."""
        if not self.is_bound:
            return list(self.initial.get("links") or ())
        posted = self.data.getlist("links") if isinstance(self.data, MultiValueDict) else []
        return [found for value in posted if (found := _uuid(value))]

    def asked(self) -> tuple[str, uuid.UUID | None]:
        """Return the words and the topic that were asked for."""
        return str(self.data.get("library_words", "")), _uuid(self.data.get("library_topic", ""))


def _uuid(value: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(value)
    except ValueError:
        return None
