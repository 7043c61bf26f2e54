"""Parsing what somebody asks for. What can be found at all is for the terms and the action to say."""

import re
import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from messaging.models import Category, State
from messaging.search.criteria import Criteria

_NUMBER = re.compile(r"[0-9]{10}")
_DATE_FORMATS = ["%Y-%m-%d", "%m/%d/%Y"]

Choices = Sequence[tuple[Any, Any]]


class NumberField(forms.CharField):
    """A message number as people copy it: spaces, dashes and a leading # are dropped."""

    def clean(self, value: Any) -> Any:
        typed = re.sub(r"[\s#-]", "", super().clean(value))
        if not typed:
            return None
        if not _NUMBER.fullmatch(typed):
            raise ValidationError(gettext("Enter the ten digits of a message number."), code="invalid")
        return int(typed)


def day_field(label: Any) -> forms.DateField:
    """Return a field for a day, empty for none."""
    return forms.DateField(
        label=label,
        required=False,
        input_formats=_DATE_FORMATS,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"invalid": _("Enter a date like 12/31/2026.")},
    )


class SearchForm(forms.Form):
    """What both sides can ask for."""

    words = forms.CharField(
        label=_("Search for"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    team = forms.TypedChoiceField(
        label=_("Care team"),
        required=False,
        coerce=uuid.UUID,
        empty_value=None,
        error_messages={"invalid_choice": _("Choose a care team from the list.")},
    )
    category = forms.ChoiceField(
        label=_("Category"),
        required=False,
        choices=[("", _("All categories")), *Category.choices],
        error_messages={"invalid_choice": _("Choose a category from the list.")},
    )
    since = day_field(_("From this day"))
    until = day_field(_("To this day"))
    number = NumberField(
        label=_("Message number"), required=False, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )

    def __init__(self, *args: Any, teams: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].choices = [("", _("All care teams")), *teams]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and Criteria(**cleaned).is_empty():
            self.add_error("words", gettext("Enter words to search for, or choose a filter."))
        return cleaned

    def criteria(self) -> Criteria:
        """Return what was asked for; call after is_valid()."""
        return Criteria(**self.cleaned_data)

    @property
    def has_quotes(self) -> bool:
        """Tell whether a phrase is asked for."""
        return any(quote in str(self["words"].value() or "") for quote in '"“”«»')

    @property
    def filters_used(self) -> int:
        """How many filters are set, or wrong."""
        filters = [self[name] for name in self.fields if name != "words"]
        return sum(bool(field.errors or field.value()) for field in filters)


class OwnSearchForm(SearchForm):
    """A veteran's search."""

    place = forms.ChoiceField(
        label=_("Folder"),
        required=False,
        error_messages={"invalid_choice": _("Choose a folder from the list.")},
    )
    unread = forms.BooleanField(label=_("Only unread messages"), required=False)
    attachment = forms.BooleanField(label=_("Only messages with files"), required=False)

    def __init__(self, *args: Any, places: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].choices = [("", _("All folders")), *places]  # type: ignore[attr-defined]


class TeamSearchForm(SearchForm):
    """A care team member's search. Its words stay English."""

    veteran = forms.CharField(label="Veteran’s name", required=False, max_length=200, help_text="Any part of it")
    record = forms.UUIDField(
        label="Which veteran?",
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid": "Choose a veteran from the list."},
    )
    assignee = forms.ChoiceField(
        label="Assigned to",
        required=False,
        error_messages={"invalid_choice": "Choose a member of your teams."},
    )
    state = forms.ChoiceField(
        label="State",
        required=False,
        choices=[("", "All states"), *State.choices],
        error_messages={"invalid_choice": "Choose a state from the list."},
    )

    def __init__(self, *args: Any, assignees: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["assignee"].choices = [("", "Anybody"), *assignees]  # type: ignore[attr-defined]

    def offer_veterans(self, choices: Choices) -> None:
        """Say which veterans the page offers; whether one may be searched for is for the query to decide."""
        self.fields["record"].widget.choices = choices

    @property
    def offered(self) -> bool:
        """Tell whether there are veterans to choose from."""
        return bool(self.fields["record"].widget.choices)
