"""How a list is sorted and narrowed: codes, ids and dates in the URL, nothing private."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from messaging.models import Category
from smportal.errors import NotFound


class Sort(models.TextChoices):
    """The orders of a list."""

    NEWEST = "newest", _("Newest message first")
    OLDEST = "oldest", _("Oldest message first")
    TEAM = "team", _("Care team name, A to Z")
    TEAM_BACK = "team-back", _("Care team name, Z to A")

    @property
    def is_by_team(self) -> bool:
        """Team by team, the newest message first in each."""
        return self in {Sort.TEAM, Sort.TEAM_BACK}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What somebody chose to see of a list, and in which order."""

    sort: Sort = Sort.NEWEST
    unread: bool = False
    attachment: bool = False
    team: uuid.UUID | None = None
    category: str = ""
    since: dt.date | None = None
    until: dt.date | None = None

    @property
    def is_narrowed(self) -> bool:
        """Not everything in the list shows."""
        return bool(self.unread or self.attachment or self.team or self.category or self.since or self.until)

    def parameters(self) -> dict[str, str]:
        """Return the URL parameters that say the same."""
        named = {
            "sort": "" if self.sort is Sort.NEWEST else self.sort.value,
            "unread": "1" if self.unread else "",
            "attachment": "1" if self.attachment else "",
            "team": str(self.team or ""),
            "category": self.category,
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
        }
        return {name: value for name, value in named.items() if value}

    def encoded(self, **more: str) -> str:
        """Return "?…", or nothing for the list as it is without a choice."""
        parameters = {**self.parameters(), **{name: value for name, value in more.items() if value}}
        return f"?{urlencode(parameters)}" if parameters else ""

    def condition(self, field: str, zone: dt.tzinfo) -> Q:
        """Return which conversations show; dates are the viewer's, both inclusive, of the instant `field`."""
        condition = Q(veteran_unread=True) if self.unread else Q()
        if self.attachment:
            condition &= Q(has_attachment=True)
        if self.team:
            condition &= Q(team_id=self.team)
        if self.category:
            condition &= Q(category=self.category)
        if self.since:
            condition &= Q(**{f"{field}__gte": _start_of(self.since, zone)})
        if self.until:
            condition &= Q(**{f"{field}__lt": _start_of(self.until + dt.timedelta(days=1), zone)})
        return condition


EVERYTHING = Chosen()


def _start_of(day: dt.date, zone: dt.tzinfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), zone)


class DateInput(forms.DateInput):
    """The browser's own calendar."""

    input_type = "date"


class DayField(forms.DateField):
    """A date that may be left out."""

    def __init__(self, **more: Any) -> None:
        wrong = _("Enter a date as year-month-day, such as 2026-03-05")
        super().__init__(
            required=False,
            input_formats=["%Y-%m-%d"],
            widget=DateInput(format="%Y-%m-%d"),
            error_messages={"invalid": wrong},
            **more,
        )


class FilterForm(forms.Form):
    """The parameters of a list's URL."""

    sort = forms.ChoiceField(required=False, choices=Sort.choices)
    unread = forms.BooleanField(required=False)
    attachment = forms.BooleanField(required=False)
    team = forms.UUIDField(required=False)
    category = forms.ChoiceField(required=False, choices=Category.choices)
    since = DayField(label=_("From"))
    until = DayField(label=_("To"))

    def clean_since(self) -> dt.date | None:
        return self._possible("since")

    def clean_until(self) -> dt.date | None:
        until, since = self._possible("until"), self.cleaned_data.get("since")
        if until and since and until < since:
            raise forms.ValidationError(_("The end date must be the same as or after the start date"))
        return until

    def _possible(self, name: str) -> dt.date | None:
        """A year that no calendar of ours can count with finds nothing, and breaks arithmetic."""
        day: dt.date | None = self.cleaned_data.get(name)
        if day and not 1900 <= day.year <= 9000:
            raise forms.ValidationError(_("Enter a year after 1900"))
        return day

    def chosen(self) -> Chosen:
        """Return the choice of a valid form."""
        data = self.cleaned_data
        return Chosen(
            sort=Sort(data["sort"] or Sort.NEWEST),
            unread=data["unread"],
            attachment=data["attachment"],
            team=data["team"],
            category=data["category"],
            since=data["since"],
            until=data["until"],
        )


TYPED = {"since", "until"}


def parsed(parameters: Mapping[str, Any]) -> tuple[Chosen, FilterForm | None]:
    """Return the choice that URL parameters make, and the form when a date in it is wrong: then everything shows.

    Raises NotFound for what no page of ours links to: an unknown order, category or team id.
    """
    if not any(parameters.get(name) for name in FilterForm.base_fields):
        return EVERYTHING, None
    form = FilterForm(parameters)
    if form.is_valid():
        return form.chosen(), None
    if set(form.errors) - TYPED:
        raise NotFound
    return EVERYTHING, form
