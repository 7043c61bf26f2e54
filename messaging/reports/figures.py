"""What the reports count, in three statements whatever there is to count (domain rules, section 5).

Nothing here opens a message: team, category, instants and clocks are readable in the database.
"""

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from messaging.models import Category
from messaging.models.conversation import OPEN_STATES

HOURS = range(24)
# Short and long, Monday first.
WEEKDAYS = (
    ("Mon", "Monday"),
    ("Tue", "Tuesday"),
    ("Wed", "Wednesday"),
    ("Thu", "Thursday"),
    ("Fri", "Friday"),
    ("Sat", "Saturday"),
    ("Sun", "Sunday"),
)


@dataclass(frozen=True, slots=True)
class Period:
    """From one instant to another, the second not included."""

    start: dt.datetime
    end: dt.datetime


@dataclass(frozen=True, slots=True)
class ResponseFigures:
    """How clocks that started in a period went on, for one team, one facility or all of them.

    Minutes are business minutes from the veteran's message to the answer, by the facility's calendar as it stood when
    the answer was sent. Completing without a reply counts as handled, never as answered.
    """

    answered: int
    in_time: int
    handled: int
    withdrawn: int
    waiting: int
    late_waiting: int
    median_minutes: float | None
    ninetieth_minutes: float | None

    @property
    def share_in_time(self) -> float | None:
        """Answers in time among answers and what waits past its due instant: not answering is no way to look good."""
        judged = self.answered + self.late_waiting
        return self.in_time / judged if judged else None


@dataclass(frozen=True, slots=True)
class Responses:
    """The figures by team, by facility, and together."""

    teams: dict[uuid.UUID, ResponseFigures]
    facilities: dict[int, ResponseFigures]
    whole: ResponseFigures


# A conversation that was handed over counts for the team that has it now.
_RESPONSES = """
SELECT t.facility_id, {team},
    count(*) FILTER (WHERE o."end" = 'answered'),
    count(*) FILTER (WHERE o."end" = 'answered' AND o.ended_at <= o.due_at),
    count(*) FILTER (WHERE o."end" = 'handled'),
    count(*) FILTER (WHERE o."end" = 'withdrawn'),
    count(*) FILTER (WHERE o.ended_at IS NULL),
    count(*) FILTER (WHERE o.ended_at IS NULL AND o.due_at <= %(now)s),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY o.answered_minutes),
    percentile_cont(0.9) WITHIN GROUP (ORDER BY o.answered_minutes)
FROM messaging_obligation o
JOIN messaging_conversation c ON c.id = o.conversation_id
JOIN eligibility_careteam t ON t.id = c.team_id
WHERE c.team_id = ANY(%(teams)s) AND o.started_at >= %(start)s AND o.started_at < %(end)s
GROUP BY GROUPING SETS ({sets})
"""
# Medians of 1,400 teams that no page shows would cost more than all that it shows.
_BY_TEAM = _RESPONSES.format(team="c.team_id", sets="(t.facility_id, c.team_id), (t.facility_id), ()")
_BY_FACILITY = _RESPONSES.format(team="NULL", sets="(t.facility_id), ()")


def responses(team_ids: Collection[uuid.UUID], period: Period, *, now: dt.datetime, by_team: bool = True) -> Responses:
    """Return how the clocks of these teams that started in the period went on; each team's only if asked for."""
    found = Responses({}, {}, ResponseFigures(0, 0, 0, 0, 0, 0, None, None))
    parameters = _parameters(team_ids, period) | {"now": now}
    for facility_id, team_id, *figures in _rows(_BY_TEAM if by_team else _BY_FACILITY, parameters):
        row = ResponseFigures(*figures)
        if team_id is not None:
            found.teams[team_id] = row
        elif facility_id is not None:
            found.facilities[facility_id] = row
        else:
            found = Responses(found.teams, found.facilities, row)
    return found


_OVERDUE = """
SELECT team_id, count(*) FROM messaging_conversation
WHERE team_id = ANY(%(teams)s) AND state = ANY(%(open)s) AND due_at <= %(now)s GROUP BY team_id
"""


def overdue_now(team_ids: Collection[uuid.UUID], *, now: dt.datetime) -> dict[uuid.UUID, int]:
    """Return how many answers each team owes past their due instant now, whenever the messages came."""
    with connection.cursor() as cursor:
        cursor.execute(_OVERDUE, {"teams": list(team_ids), "now": now, "open": [str(s.value) for s in OPEN_STATES]})
        return dict(cursor.fetchall())


# The hour of the week at the facility, 0 from Monday midnight on: 1970 began on a Thursday. OFFSET 0 keeps the planner
# from sorting all messages for groups that it takes to be as many: there are 168 hours and seven categories.
_VOLUMES = """
SELECT category, hour, count(*) FROM (
    SELECT c.category,
        (floor(date_part('epoch', m.sent_at AT TIME ZONE place.time_zone) / 3600)::int + 72) %% 168 AS hour
    FROM messaging_message m
    JOIN messaging_conversation c ON c.id = m.conversation_id
    JOIN (
        SELECT t.id, f.time_zone FROM eligibility_careteam t JOIN eligibility_facility f ON f.id = t.facility_id
        WHERE t.id = ANY(%(teams)s) OFFSET 0
    ) place ON place.id = c.team_id
    WHERE m.side = 'veteran' AND m.sent_at >= %(start)s AND m.sent_at < %(end)s OFFSET 0
) AS written
GROUP BY category, hour
"""


@dataclass(frozen=True, slots=True)
class Volumes:
    """How many messages veterans wrote: by category, and by weekday (0 is Monday) and hour at the facility."""

    categories: dict[Category, int]
    hours: dict[tuple[int, int], int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.categories.values())


def volumes(team_ids: Collection[uuid.UUID], period: Period) -> Volumes:
    """Return what veterans wrote to these teams in the period."""
    categories = dict.fromkeys(Category, 0)
    hours = {(day, hour): 0 for day in range(len(WEEKDAYS)) for hour in HOURS}
    for category, hour, count in _rows(_VOLUMES, _parameters(team_ids, period)):
        categories[Category(category)] += count
        hours[divmod(hour, len(HOURS))] += count
    return Volumes(categories, hours)


@transaction.atomic
def _rows(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Return a statement's rows. It may hold as much in memory as all conversations' teams take: few ask for reports."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '32MB'")
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _parameters(team_ids: Collection[uuid.UUID], period: Period) -> dict[str, Any]:
    return {"teams": list(team_ids), "start": period.start, "end": period.end}
