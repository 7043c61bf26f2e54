"""Choosing what to see of a queue: the form, whom a typed name means, and what is chosen, in words."""

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms

from accounts.models import VeteranRecord
from eligibility import queries as eligibility_queries
from messaging.inbox.desk import Desk
from messaging.inbox.filters import ME, NOBODY, Age, Chosen, Narrowing
from messaging.inbox.news import news_ids
from messaging.inbox.rows import last_first
from messaging.inbox.state import QueueState, filters_of
from messaging.models import Category, Conversation
from messaging.search import team as team_search
from smportal import times
from smportal.errors import NotFound

WHO = {ME: "me", NOBODY: "nobody"}


def narrowing_of(desk: Desk, state: QueueState) -> Narrowing:
    """Return the state's choice ready to be asked. Raises NotFound for a team or veteran that is not the actor's."""
    family: tuple[uuid.UUID, ...] = ()
    if state.chosen.veteran:
        family = tuple(eligibility_queries.record_family(state.chosen.veteran))
    return Narrowing.of(desk, state.chosen, family, _news(desk, state))


def _news(desk: Desk, state: QueueState) -> tuple[uuid.UUID, ...]:
    chosen = state.chosen
    if not chosen.new:
        return ()
    return news_ids(desk, state.queue, instant_of(chosen.new), by_assignee=bool(chosen.assignee))


def instant_of(seconds: int) -> dt.datetime:
    """Return the instant that a queue's address names."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter in use, in words, and the address of the queue without it."""

    name: str
    text: str
    url: str


def chips(desk: Desk, state: QueueState) -> list[Chip]:
    """Return the filters in use. Raises NotFound for a veteran or a member whom the actor's teams do not have."""
    return [Chip(name, text, state.without(name)) for name, text in _words(desk, state.chosen)]


def _words(desk: Desk, chosen: Chosen) -> Iterator[tuple[str, str]]:
    if chosen.veteran:
        yield "veteran", f"Veteran: {veteran_name(desk, chosen.veteran)}"
    if chosen.team:
        yield "team", f"Team: {desk.teams[chosen.team].name}"
    if chosen.category:
        yield "category", f"Category: {Category(chosen.category).label}"
    if chosen.assignee:
        yield "assignee", f"Assigned to {WHO.get(chosen.assignee) or _colleague(desk, chosen.assignee)}"
    if chosen.age:
        yield "age", f"Waiting: {Age(chosen.age).label}"
    if chosen.new:
        yield "new", f"New since {times.short(instant_of(chosen.new), desk.zone, desk.now)}"


def _colleague(desk: Desk, staff_id: str) -> str:
    name = dict(team_search.colleagues(desk)).get(staff_id)
    if name is None:
        raise NotFound
    return name


def veteran_name(desk: Desk, record_id: uuid.UUID) -> str:
    """Return whose conversations show. Raises NotFound for somebody whom none of the actor's teams writes with."""
    known = Conversation.objects.filter(
        team_id__in=desk.teams, record_id__in=eligibility_queries.record_family(record_id)
    )
    veteran = VeteranRecord.objects.filter(id=record_id).first() if known.exists() else None
    if veteran is None:
        raise NotFound
    return last_first(veteran.last_name, veteran.first_name)


class NarrowForm(forms.Form):
    """What to see of a queue. A veteran's name is typed and posted; the address that it leads to has an id."""

    veteran = forms.CharField(
        label="Veteran’s name",
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    record = forms.UUIDField(
        label="Which veteran?",
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid": "Choose a veteran from the list."},
    )
    # The veteran by whom the queue is narrowed already; a name that is typed takes their place.
    current = forms.UUIDField(required=False, widget=forms.HiddenInput)
    team = forms.TypedChoiceField(
        label="Team",
        required=False,
        coerce=uuid.UUID,
        empty_value=None,
        error_messages={"invalid_choice": "Choose one of your teams."},
    )
    category = forms.ChoiceField(
        label="Category",
        required=False,
        choices=[("", "All categories"), *Category.choices],
        error_messages={"invalid_choice": "Choose a category from the list."},
    )
    assignee = forms.ChoiceField(
        label="Assigned to", required=False, error_messages={"invalid_choice": "Choose a member of your teams."}
    )
    age = forms.ChoiceField(
        label="Waiting",
        required=False,
        choices=[("", "Any time"), *Age.choices],
        error_messages={"invalid_choice": "Choose how long from the list."},
    )

    def __init__(self, data: Any = None, *, desk: Desk, state: QueueState) -> None:
        chosen = state.chosen
        initial = {**chosen.parameters(), "veteran": "", "current": chosen.veteran}
        super().__init__(data, initial=initial, auto_id="narrow_%s")
        self.desk = desk
        teams = [(str(team_id), team.name) for team_id, team in desk.teams.items()]
        self.fields["team"].choices = [("", "All my teams"), *sorted(teams, key=lambda team: team[1])]  # type: ignore[attr-defined]
        offered = filters_of(state.queue) - ({"team"} if len(teams) < 2 else set())
        if "assignee" in offered:
            members = [("", "Anybody"), (ME, "Me"), (NOBODY, "Nobody"), *team_search.colleagues(desk)]
            self.fields["assignee"].choices = members  # type: ignore[attr-defined]
        for name in {"team", "assignee", "age"} - offered:
            del self.fields[name]

    def offer(self, choices: list[team_search.VeteranChoice]) -> None:
        """Ask which veteran of a name is meant."""
        self.fields["record"].widget.choices = [(str(choice.record_id), choice.label) for choice in choices]

    @property
    def offered(self) -> bool:
        """Tell whether there are veterans to choose from."""
        return bool(self.fields["record"].widget.choices)

    def chosen(self) -> Chosen:
        """Return what is chosen; call after is_valid().

        Raises InvalidInput for a name that nobody has, or several (ChooseVeteran, whose names are on record then).
        """
        data = self.cleaned_data
        veteran = data["current"]
        if data["veteran"]:
            named = team_search.veterans_named(self.desk, data["veteran"])
            veteran = team_search.the_one(self.desk, named, data["record"]).record_id
        return Chosen(
            team=data.get("team"),
            category=data["category"],
            assignee=data.get("assignee", ""),
            age=data.get("age", ""),
            veteran=veteran,
        )
