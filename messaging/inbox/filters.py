"""How a queue is narrowed: codes and ids in the URL, nothing private; a veteran's name never gets into one."""

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import reduce
from operator import or_
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.db import models
from django.db.models import Q

from messaging.inbox.desk import Desk
from messaging.models import Category
from messaging.response.waiting import due_by
from smportal.errors import NotFound

ME, NOBODY = "me", "nobody"
# Of the year 2199, like the calendar of business time.
LAST_SECOND: Final = 7_258_118_399


class Age(models.TextChoices):
    """How long the veteran has waited; the bands end where the clock takes its steps (domain rules, section 6)."""

    DAY = "0-9", "Under 9 business hours (1 day)"
    TWO_DAYS = "9-18", "9 to 18 business hours (1 to 2 days)"
    REMINDED = "18-27", "18 to 27 business hours (2 to 3 days)"
    OVERDUE = "27-45", "27 to 45 business hours (3 to 5 days)"
    ESCALATED = "45-", "45 business hours or more (5 days)"

    @property
    def hours(self) -> tuple[int, int | None]:
        """From how many business hours (included) to how many (excluded); None is without end."""
        least, most = self.value.split("-")
        return int(least), int(most) if most else None


@dataclass(frozen=True, slots=True)
class Chosen:
    """What somebody chose to see of a queue; what is empty does not filter."""

    team: uuid.UUID | None = None
    category: str = ""
    # A member's id, ME or NOBODY.
    assignee: str = ""
    age: str = ""
    veteran: uuid.UUID | None = None
    # What came since this instant, in seconds since the epoch.
    new: int | None = None

    @property
    def is_narrowed(self) -> bool:
        """Not everything in the queue shows."""
        return self != EVERYTHING

    def parameters(self) -> dict[str, str]:
        """Return the URL parameters that say the same."""
        named = {each.name: str(getattr(self, each.name) or "") for each in fields(self)}
        return {name: value for name, value in named.items() if value}

    def encoded(self, **more: str) -> str:
        """Return "?…", or nothing for the queue as it is without a choice."""
        parameters = {**self.parameters(), **{name: value for name, value in more.items() if value}}
        return f"?{urlencode(parameters)}" if parameters else ""

    def without(self, *names: str) -> "Chosen":
        """Return the same without some of the filters."""
        return replace(self, **{name: getattr(EVERYTHING, name) for name in names})


EVERYTHING: Final = Chosen()


class FilterForm(forms.Form):
    """The parameters of a queue's URL."""

    team = forms.UUIDField(required=False)
    category = forms.ChoiceField(required=False, choices=Category.choices)
    assignee = forms.CharField(required=False)
    age = forms.ChoiceField(required=False, choices=Age.choices)
    veteran = forms.UUIDField(required=False)
    new = forms.IntegerField(required=False, min_value=1, max_value=LAST_SECOND)

    def clean_assignee(self) -> str:
        value: str = self.cleaned_data["assignee"]
        return value if value in {"", ME, NOBODY} else str(forms.UUIDField().clean(value))


def parsed(parameters: Mapping[str, Any]) -> Chosen:
    """Return the choice that URL parameters make. Raises NotFound for what no page of ours links to."""
    if not any(parameters.get(name) for name in FilterForm.base_fields):
        return EVERYTHING
    form = FilterForm(parameters)
    if not form.is_valid():
        raise NotFound
    return Chosen(**form.cleaned_data)


@dataclass(frozen=True, slots=True)
class Narrowing:
    """A choice ready to be asked of the database: the veteran's records and the ages' due instants looked up."""

    desk: Desk
    chosen: Chosen
    record_ids: tuple[uuid.UUID, ...] = ()
    news_ids: tuple[uuid.UUID, ...] = ()
    # By team: due after the first and by the second; None is without end.
    dues: Mapping[uuid.UUID, tuple[dt.datetime | None, dt.datetime | None]] | None = None

    @classmethod
    def of(
        cls, desk: Desk, chosen: Chosen, family: tuple[uuid.UUID, ...] = (), news: tuple[uuid.UUID, ...] = ()
    ) -> "Narrowing":
        """Look up the calendars, if ages are asked for; `family` are the records of the chosen veteran, `news` what is new.

        Raises NotFound for a team that is not the actor's: it is the same as none.
        """
        if chosen.team and chosen.team not in desk.teams:
            raise NotFound
        return cls(desk, chosen, family, news, _dues(desk, Age(chosen.age)) if chosen.age else None)

    @property
    def teams(self) -> list[uuid.UUID]:
        """The teams whose conversations show."""
        return [self.chosen.team] if self.chosen.team else list(self.desk.teams)

    def conditions(self, team_id: uuid.UUID) -> Iterator[Q]:
        """Return disjoint conditions for one team's conversations, each of which is one range of an index."""
        if (self.chosen.veteran and not self.record_ids) or (self.chosen.new and not self.news_ids):
            return
        common = Q(category=self.chosen.category) if self.chosen.category else Q()
        if self.chosen.veteran:
            common &= Q(record_id__in=self.record_ids)
        if self.chosen.new:
            common &= Q(id__in=self.news_ids)
        if self.dues is not None:
            after, by = self.dues[team_id]
            # Said of the order's own column too: that is where the index starts.
            common &= Q(due_at__isnull=False)
            common &= Q(queue_at__gt=after) if after else Q()
            common &= Q(queue_at__lte=by) if by else Q()
        for holder in self._holders(team_id):
            yield common & holder

    def anywhere(self) -> Q:
        """Return one condition for the conversations of all teams that show."""
        if not self.chosen.is_narrowed:
            return Q(team_id__in=self.desk.teams)
        found = [Q(team_id=team_id) & each for team_id in self.teams for each in self.conditions(team_id)]
        return reduce(or_, found, Q(pk__in=[]))

    def _holders(self, team_id: uuid.UUID) -> list[Q]:
        """Return who of the team has what shows, each a condition of its own; surrogates have what they act for."""
        cover, own = self.desk.cover, self.desk.actor.staff_id
        match self.chosen.assignee:
            case "":
                return [Q()]
            case "nobody":
                return [Q(assignee__isnull=True), *(Q(assignee_id=each) for each in cover.uncovered(team_id))]
            case "me":
                absent = cover.stands_in_for(team_id, own) if own else []
                return [Q(assignee_id=each) for each in (own, *absent)]
            case member:
                return [Q(assignee_id=uuid.UUID(member))]


def _dues(desk: Desk, age: Age) -> dict[uuid.UUID, tuple[dt.datetime | None, dt.datetime | None]]:
    least, most = age.hours
    calendars = {team.facility_id: team.calendar for team in desk.teams.values()}
    found = {
        facility_id: (
            due_by(most, desk.now, calendar) if most else None,
            due_by(least, desk.now, calendar) if least else None,
        )
        for facility_id, calendar in calendars.items()
    }
    return {team_id: found[team.facility_id] for team_id, team in desk.teams.items()}
