"""Form fields that name a row by what people know: a station number, a team's code, an ICN."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model

from accounts.models import Account, VeteranRecord
from eligibility.models import CareTeam, Facility, StaffMember


class ByKey(forms.CharField):
    """Text that names exactly one row. No list to choose from: it would show everybody to everybody."""

    model: type[Model]
    key = ""
    unknown = ""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=150, **kwargs)

    def clean(self, value: Any) -> Any:
        text = super().clean(value).strip()
        if not text:
            return None
        row = self.model._default_manager.filter(**{f"{self.key}__iexact": text}).first()  # noqa: SLF001 - documented
        if row is None:
            raise ValidationError(self.unknown, code="unknown")
        return row


class FacilityField(ByKey):
    """A facility by station number."""

    model, key, unknown = Facility, "station_number", "No facility has this station number."


class CareTeamField(ByKey):
    """A care team by code."""

    model, key, unknown = CareTeam, "code", "No care team has this code."


class StaffField(ByKey):
    """A staff member by staff number."""

    model, key, unknown = StaffMember, "staff_id", "Nobody has this staff number."


class VeteranField(ByKey):
    """A veteran by ICN."""

    model, key, unknown = VeteranRecord, "icn", "No veteran record has this ICN."


class AccountField(ByKey):
    """An account by user name."""

    model, key, unknown = Account, "username", "No account has this user name."
