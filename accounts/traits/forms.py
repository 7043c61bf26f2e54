"""What somebody types about oneself. The SSN is never shown again, not even after a mistake."""

import datetime as dt
import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.matching import match_name
from accounts.oidc.claims import Traits
from smportal import clock
from smportal.widgets import MemorableDate

NO_NAME = match_name("", "")
EARLIEST_BIRTH = dt.date(1890, 1, 1)
_SEPARATORS = re.compile(r"[\s.\u00ad\u2010-\u2015\u2212-]+")


class Unechoed(forms.TextInput):
    """A control that always comes back empty."""

    def format_value(self, value: Any) -> None:
        """Return nothing, whatever was typed."""


class SsnField(forms.CharField):
    """Nine digits, however they are set apart. Gives them without separators."""

    widget = Unechoed
    default_error_messages = {
        "required": gettext_lazy("Enter your Social Security number"),
        "nine_digits": gettext_lazy("Enter all 9 digits of your Social Security number"),
    }

    def clean(self, value: Any) -> str:
        """Return the digits. The error does not quote what was typed."""
        digits = _SEPARATORS.sub("", super().clean(value))
        if not re.fullmatch(r"[0-9]{9}", digits):
            raise ValidationError(self.error_messages["nine_digits"], code="nine_digits")
        return digits


def _name(label: Any, autocomplete: str, hint: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=200,
        required=False,
        help_text=hint,
        widget=forms.TextInput(attrs={"autocomplete": autocomplete}),
        error_messages={"max_length": _("Enter a shorter name")},
    )


class TraitsForm(forms.Form):
    """Name, date of birth and Social Security number, as VA's records have them."""

    first_name = _name(gettext_lazy("First name"), "given-name")
    last_name = _name(
        gettext_lazy("Last name"), "family-name", gettext_lazy("If you have only one name, enter it here.")
    )
    birth_date = forms.DateField(
        label=gettext_lazy("Date of birth"),
        input_formats=["%Y-%m-%d"],
        widget=MemorableDate,
        error_messages={
            "required": gettext_lazy("Enter your date of birth"),
            "invalid": gettext_lazy("Enter a date of birth that exists, such as May 17, 1960"),
        },
    )
    ssn = SsnField(
        label=gettext_lazy("Social Security number"),
        max_length=40,
        help_text=gettext_lazy(
            "9 digits. We compare it and don’t keep it. That’s why you need to enter it again each time."
        ),
        widget=Unechoed(attrs={"autocomplete": "off", "inputmode": "numeric"}),
        error_messages={"max_length": gettext_lazy("Enter all 9 digits of your Social Security number")},
    )

    def clean_birth_date(self) -> dt.date:
        """Refuse days on which nobody who lives was born."""
        born: dt.date = self.cleaned_data["birth_date"]
        if not EARLIEST_BIRTH <= born <= clock.today(dt.UTC):
            raise ValidationError(_("Enter your own date of birth"), code="out_of_range")
        return born

    def clean(self) -> dict[str, Any] | None:
        """One of the two names may be empty, for people who have only one."""
        data = super().clean() or self.cleaned_data
        if "first_name" in data and "last_name" in data and self._match_name() == NO_NAME:
            self.add_error("last_name", _("Enter your name"))
        return data

    def traits(self) -> Traits:
        """Return what to compare; call after is_valid()."""
        data = self.cleaned_data
        return Traits(name=self._match_name(), born=data["birth_date"], ssn=data["ssn"])

    def _match_name(self) -> str:
        return match_name(self.cleaned_data["first_name"], self.cleaned_data["last_name"])
