"""Parsing which period and teams somebody asks a report for."""

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
    scope = forms.ChoiceField(label="Care teams", required=False)

    def __init__(self, *args: Any, scope: ReportScope, today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["scope"].choices = _choices(scope)  # type: ignore[attr-defined]

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
        kind, _, value = self.cleaned_data["scope"].partition(":")
        return (int(value) if kind == "facility" else None), (uuid.UUID(value) if kind == "team" else None)


def default_days(today: dt.date) -> dict[str, dt.date]:
    """Return what the form shows first: the last 30 days."""
    return {"first": today - dt.timedelta(days=DAYS_SHOWN - 1), "last": today}


def _choices(scope: ReportScope) -> list[tuple[str, str]]:
    facilities = {team.facility_id: team.facility_name for team in scope.teams}
    return [
        ("", "All of them"),
        *((f"facility:{identity}", name) for identity, name in facilities.items() if len(facilities) > 1),
        *((f"team:{team.id}", f"{team.name}, {team.facility_name}") for team in scope.teams if len(scope.teams) > 1),
    ]
