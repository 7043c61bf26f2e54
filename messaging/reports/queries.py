"""A report put together for a page or a file: names, numbers and shares ready to show."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from messaging.models import Category
from messaging.reports import figures
from messaging.reports.figures import HOURS, WEEKDAYS, Period, ResponseFigures, Volumes
from messaging.reports.scope import ReportScope
from smportal import clock

# Beyond so many teams the page shows facilities: nobody reads 1,400 rows, and writing them takes a second.
MOST_TEAMS: Final = 100


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One line of the table of response times."""

    name: str
    figures: ResponseFigures
    overdue_now: int
    is_total: bool = False
    # Of a team, the facility it belongs to; a name that several facilities have is told apart by the station.
    facility: str = ""
    station: str = ""

    @property
    def median(self) -> str:
        """Business hours, "" where nothing was answered."""
        return hours_text(self.figures.median_minutes)

    @property
    def ninetieth(self) -> str:
        """Business hours within which nine of ten answers came."""
        return hours_text(self.figures.ninetieth_minutes)

    @property
    def in_time(self) -> str:
        """The share in time, rounded down: 100 % means all of them."""
        share = self.figures.share_in_time
        return "" if share is None else f"{int(share * 100)} %"

    @property
    def in_time_bar(self) -> int:
        """The same for the bar, 0 to 100."""
        return int((self.figures.share_in_time or 0) * 100)


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a table with bars."""

    label: str
    count: int
    share: int


@dataclass(frozen=True, slots=True)
class HourRow:
    """One hour of the day with a cell for each weekday: count, and how dark it is from 0 to 4."""

    label: str
    cells: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that the page shows."""

    rows: tuple[ReportRow, ...]
    categories: tuple[Bar, ...]
    hours: tuple[HourRow, ...]
    messages: int
    # Whether each team has a row; else each facility has one.
    by_team: bool
    # Whether rows are of several facilities, so that each names its own.
    names_facilities: bool


def report(scope: ReportScope, first: dt.date, last: dt.date, zone: dt.tzinfo, *, every_team: bool = False) -> Report:
    """Return the report over whole days of a zone, both ends included; three statements, however many rows.

    More than a hundred teams at several facilities are shown by facility, unless `every_team` is asked for.
    """
    period, now = period_of(first, last, zone), clock.now()
    team_ids = [team.id for team in scope.teams]
    counted = figures.volumes(team_ids, period)
    is_national = len({team.facility_id for team in scope.teams}) > 1
    by_team = every_team or len(scope.teams) <= MOST_TEAMS or not is_national
    return Report(
        rows=_rows(scope, team_ids, period, now, by_team=by_team),
        categories=_bars(counted),
        hours=_hours(counted),
        messages=counted.total,
        by_team=by_team,
        names_facilities=is_national,
    )


def period_of(first: dt.date, last: dt.date, zone: dt.tzinfo) -> Period:
    """Return the instants that the days begin and end at."""
    start, end = (dt.datetime.combine(day, dt.time(), tzinfo=zone) for day in (first, last + dt.timedelta(days=1)))
    return Period(start, end)


def _rows(
    scope: ReportScope, team_ids: Sequence[uuid.UUID], period: Period, now: dt.datetime, *, by_team: bool
) -> tuple[ReportRow, ...]:
    found = figures.responses(team_ids, period, now=now, by_team=by_team)
    overdue = figures.overdue_now(team_ids, now=now)
    none = ResponseFigures(0, 0, 0, 0, 0, 0, None, None)
    rows: list[ReportRow] = []
    for facility_id, teams in scope.facilities().items():
        total = sum(overdue.get(team.id, 0) for team in teams)
        whole = found.facilities.get(facility_id, none)
        name, station = teams[0].facility_name, teams[0].station
        if not by_team:
            rows.append(ReportRow(name, whole, total, facility=name, station=station))
            continue
        rows += [
            ReportRow(
                team.name, found.teams.get(team.id, none), overdue.get(team.id, 0), facility=name, station=station
            )
            for team in teams
        ]
        if len(teams) > 1:
            rows.append(ReportRow(f"All of {name}", whole, total, is_total=True, facility=name, station=station))
    if len(scope.facilities()) > 1:
        rows.append(ReportRow("All facilities", found.whole, sum(overdue.values()), is_total=True))
    return tuple(rows)


def _bars(counted: Volumes) -> tuple[Bar, ...]:
    most = max(counted.categories.values(), default=0) or 1
    return tuple(
        Bar(str(category.label), counted.categories[category], round(100 * counted.categories[category] / most))
        for category in sorted(Category, key=lambda category: -counted.categories[category])
    )


def _hours(counted: Volumes) -> tuple[HourRow, ...]:
    most = max(counted.hours.values(), default=0) or 1
    return tuple(
        HourRow(
            hour_text(hour),
            tuple((counted.hours[day, hour], -(-4 * counted.hours[day, hour] // most)) for day in range(len(WEEKDAYS))),
        )
        for hour in HOURS
    )


def hours_text(minutes: float | None) -> str:
    """Return business hours with one decimal, e.g. "9.5"; a business day has nine."""
    return "" if minutes is None else f"{minutes / 60:.1f}"


def hour_text(hour: int) -> str:
    """Return "8 a.m.", "noon", "midnight"."""
    if hour in {0, 12}:
        return "noon" if hour else "midnight"
    return f"{hour % 12} {'a.m.' if hour < 12 else 'p.m.'}"
