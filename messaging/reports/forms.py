"""Parsing which period, facility and team somebody asks a report for.

The facility comes first, then its teams: one list of 1,400 teams is nothing to choose from, and half a megabyte.
"""

import datetime as dt
import uuid
from typing import Any

from django import forms

from messaging.reports.scope import ReportScope
from smportal.widgets import MemorableDate

DAYS_SHOWN = 30
MOST_DAYS = 731
EARLIEST = dt.date(2000, 1, 1)


class ReportForm(forms.Form):
    """First and last day, both included, and what to look at."""

    first = forms.DateField(label="First day", widget=MemorableDate, error_messages={"invalid": "Enter a real date"})
    last = forms.DateField(label="Last day", widget=MemorableDate, error_messages={"invalid": "Enter a real date"})
    facility = forms.TypedChoiceField(
        label="Facility",
        required=False,
        coerce=int,
        empty_value=None,
        error_messages={"invalid_choice": "Choose a facility from the list"},
    )
    team = forms.UUIDField(
        label="Care team",
        required=False,
        widget=forms.Select,
        error_messages={"invalid": "Choose a care team from the list"},
    )

    def __init__(self, *args: Any, scope: ReportScope, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.scope = today, scope
        facilities = {team.facility_id: f"{team.facility_name} ({team.station})" for team in scope.teams}
        self.offers_facilities = len(facilities) > 1
        self.fields["facility"].choices = [("", "All facilities"), *facilities.items()]  # type: ignore[attr-defined]
        self._offer_teams(None if self.offers_facilities else next(iter(facilities)))

    def _offer_teams(self, facility_id: int | None) -> None:
        """Offer the teams of a facility; without one there is none to choose."""
        teams = [(str(team.id), team.name) for team in self.scope.teams if team.facility_id == facility_id]
        self.offers_teams = len(teams) > 1
        self.fields["team"].widget.choices = [("", "All care teams"), *teams]
        self.fields["facility"].help_text = (
            "" if facility_id else "To choose a care team, choose its facility, then “Show”."
        )

    def clean_facility(self) -> int | None:
        """Offer the chosen facility's teams, also when the days are wrong."""
        facility_id: int | None = self.cleaned_data["facility"]
        if facility_id is not None:
            self._offer_teams(facility_id)
        return facility_id

    def clean_team(self) -> uuid.UUID | None:
        """Drop a team of another facility: it was chosen before that one, whose teams are offered now."""
        team_id: uuid.UUID | None = self.cleaned_data["team"]
        if team_id is None:
            return None
        if team_id not in {team.id for team in self.scope.teams}:
            raise forms.ValidationError("Choose a care team from the list")
        return team_id if str(team_id) in dict(self.fields["team"].widget.choices) else None

    def clean(self) -> dict[str, Any]:
        """Check the two days against each other; an error stands at the one to change."""
        data = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if first and first < EARLIEST:
            self.add_error("first", "Choose a first day in 2000 or later")
        if last and last > self.today:
            self.add_error("last", "Choose a last day that is not in the future")
        if first and last and not self.errors:
            if last < first:
                self.add_error("last", "Choose a last day that is not before the first day")
            elif (last - first).days >= MOST_DAYS:
                self.add_error("first", "Choose at most two years")
        return data

    def chosen(self) -> tuple[int | None, uuid.UUID | None]:
        """Return facility and team, None for all; call after is_valid()."""
        return self.cleaned_data["facility"], self.cleaned_data["team"]


def default_days(today: dt.date) -> dict[str, dt.date]:
    """Return what the form shows first: the last 30 days."""
    return {"first": today - dt.timedelta(days=DAYS_SHOWN - 1), "last": today}
