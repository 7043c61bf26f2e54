"""The rows that a change locks before it looks, and the words it is audited with."""

import datetime as dt
import uuid
from collections.abc import Iterable

from accounts.models import VeteranRecord
from eligibility import queries
from eligibility.models import CareTeam
from smportal.errors import InvalidInput, NotFound

ONE_DAY = dt.timedelta(days=1)


def locked_team(team_id: uuid.UUID) -> CareTeam:
    """Return a team, held against every send that is being checked. Raises NotFound."""
    return _first(locked_teams([team_id]))


def locked_teams(team_ids: Iterable[uuid.UUID]) -> list[CareTeam]:
    """Return teams locked in the order of their ids, so that two changes never wait for each other."""
    # "No key": what only refers to the team (a new conversation's foreign key) need not wait.
    teams = CareTeam.objects.select_for_update(no_key=True, of=("self",)).select_related("facility")
    return list(teams.filter(id__in=set(team_ids)).order_by("id"))


def locked_survivor(record_id: uuid.UUID) -> VeteranRecord:
    """Return the record that survives this one's merges, held as a team is. Raises NotFound."""
    family = queries.record_family(record_id)
    rows = VeteranRecord.objects.select_for_update(no_key=True).filter(id__in=family[:1])
    record = rows.first()
    if record is None:
        raise NotFound
    return record


def _first(teams: list[CareTeam]) -> CareTeam:
    if not teams:
        raise NotFound
    return teams[0]


def check_period(start: dt.date, end: dt.date | None, *, field: str) -> None:
    """Raise InvalidInput when a period ends before it starts."""
    if end is not None and end < start:
        raise InvalidInput("The last day must not be before the first day.", code="ends_before_start", field=field)


def day_text(day: dt.date | None) -> str:
    """Return a day for the audit trail; an open end is empty."""
    return day.isoformat() if day else ""
