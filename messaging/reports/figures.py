"""What the reports count, in four statements whatever there is to count (domain rules, section 5).

Nothing here opens a message: team, category, instants and clocks are readable in the database.
"""

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection

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
SELECT t.facility_id, c.team_id,
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
GROUP BY GROUPING SETS ((t.facility_id, c.team_id), (t.facility_id), ())
"""


def responses(team_ids: Collection[uuid.UUID], period: Period, *, now: dt.datetime) -> Responses:
    """Return how the clocks of these teams that started in the period went on."""
    found = Responses({}, {}, ResponseFigures(0, 0, 0, 0, 0, 0, None, None))
    with connection.cursor() as cursor:
        cursor.execute(_RESPONSES, _parameters(team_ids, period) | {"now": now})
        for facility_id, team_id, *figures in cursor.fetchall():
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


_VOLUMES = """
SELECT c.category, extract(isodow FROM m.sent_at AT TIME ZONE f.time_zone)::int AS day,
    extract(hour FROM m.sent_at AT TIME ZONE f.time_zone)::int AS hour, count(*)
FROM messaging_message m
JOIN messaging_conversation c ON c.id = m.conversation_id
JOIN eligibility_careteam t ON t.id = c.team_id
JOIN eligibility_facility f ON f.id = t.facility_id
WHERE c.team_id = ANY(%(teams)s) AND m.side = 'veteran' AND m.sent_at >= %(start)s AND m.sent_at < %(end)s
GROUP BY c.category, day, hour
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
    with connection.cursor() as cursor:
        cursor.execute(_VOLUMES, _parameters(team_ids, period))
        for category, day, hour, count in cursor.fetchall():
            categories[Category(category)] += count
            hours[day - 1, hour] += count
    return Volumes(categories, hours)


def _parameters(team_ids: Collection[uuid.UUID], period: Period) -> dict[str, Any]:
    return {"teams": list(team_ids), "start": period.start, "end": period.end}
