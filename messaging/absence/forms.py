"""Parsing an absence: two days, what colleagues see, and a surrogate for each team."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from messaging.absence.queries import TeamChoice
from messaging.models.absence import AbsenceNote
from smportal.widgets import MemorableDate

NOBODY = "Nobody: new work goes to the team"


class AbsenceForm(forms.Form):
    """One absence. A field "team_<id>" for each team in which somebody can stand in."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    first_date = forms.DateField(
        label="First day away",
        widget=MemorableDate,
        error_messages={"required": "Enter the first day away", "invalid": "Enter a real date"},
    )
    last_date = forms.DateField(
        label="Last day away",
        help_text="This day counts. You are back on the next one.",
        widget=MemorableDate,
        error_messages={"required": "Enter the last day away", "invalid": "Enter a real date"},
    )
    note = forms.ChoiceField(
        label="What colleagues see",
        required=False,
        choices=[("", "Away"), *AbsenceNote.choices],
        error_messages={"invalid_choice": "Choose from the list what colleagues see"},
    )

    def __init__(self, *args: Any, teams: Sequence[TeamChoice], whom: str = "you", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.teams = [team for team in teams if team.colleagues]
        if whom != "you":
            self.fields["last_date"].help_text = "This day counts."
        self.alone = [team.name for team in teams if not team.colleagues]
        for team in self.teams:
            self.fields[f"team_{team.id}"] = forms.TypedChoiceField(
                label=f"Who stands in for {whom} in {team.name}?",
                choices=[("", NOBODY), *team.colleagues],
                required=False,
                coerce=uuid.UUID,
                empty_value=None,
                error_messages={"invalid_choice": "Choose another member of this team"},
            )

    @staticmethod
    def initial_of(
        key: uuid.UUID, first: dt.date, last: dt.date, note: str, surrogates: Mapping[uuid.UUID, uuid.UUID]
    ) -> dict[str, Any]:
        """Return the values of an absence as the form's own."""
        named = {f"team_{team_id}": str(staff_id) for team_id, staff_id in surrogates.items()}
        return {"key": key, "first_date": first, "last_date": last, "note": note, **named}

    def surrogates(self) -> dict[uuid.UUID, uuid.UUID]:
        """Return who was chosen, by team; call after is_valid()."""
        chosen = {team.id: self.cleaned_data[f"team_{team.id}"] for team in self.teams}
        return {team_id: staff_id for team_id, staff_id in chosen.items() if staff_id is not None}
