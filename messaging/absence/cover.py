"""Who is away at an instant, and who acts for them in each team.

Nothing is moved when an absence begins or ends: the assignee stays, and who acts is computed at every look, so that
an absence called off, a surrogate who leaves and a new time zone count from that moment on (ADR 0027).
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from django.db import connection

from smportal import clock, times


@dataclass(frozen=True, slots=True)
class Away:
    """Somebody who is away: the name, and the last day in the person's own zone."""

    name: str
    last_date: dt.date

    @property
    def until(self) -> str:
        """Return "Dec. 3, 2026"."""
        return times.day(self.last_date)


@dataclass(frozen=True, slots=True)
class Cover:
    """Who is away in some teams at one instant.

    `surrogates` holds, by team and absent person, the surrogate who is an active member of that team now; `absent`
    the members of each team who are away.
    """

    away: Mapping[uuid.UUID, Away] = field(default_factory=dict)
    surrogates: Mapping[tuple[uuid.UUID, uuid.UUID], uuid.UUID] = field(default_factory=dict)
    names: Mapping[uuid.UUID, str] = field(default_factory=dict)
    absent: Mapping[uuid.UUID, Collection[uuid.UUID]] = field(default_factory=dict)

    def acting(self, team_id: uuid.UUID, staff_id: uuid.UUID) -> uuid.UUID | None:
        """Return who acts for a member in a team: the member, or whoever the surrogates lead to; None for nobody.

        A surrogate who is away has the own surrogate act. Where that leads in a circle, everybody in it is away, and
        the work is the team's.
        """
        seen = set()
        current: uuid.UUID | None = staff_id
        while current is not None and current in self.away:
            if current in seen:
                return None
            seen.add(current)
            current = self.surrogates.get((team_id, current))
        return current

    def stands_in_for(self, team_id: uuid.UUID, staff_id: uuid.UUID) -> list[uuid.UUID]:
        """Return the absent members of a team for whom somebody acts now."""
        return [each for each in self.absent.get(team_id, ()) if self.acting(team_id, each) == staff_id]

    def uncovered(self, team_id: uuid.UUID) -> list[uuid.UUID]:
        """Return the absent members of a team for whom nobody acts: their work is the team's."""
        return [each for each in self.absent.get(team_id, ()) if self.acting(team_id, each) is None]

    def assignee_text(self, team_id: uuid.UUID, staff_id: uuid.UUID, name: str) -> str:
        """Return the assignee as a list shows it: with who acts, when the person is away."""
        if staff_id not in self.away:
            return name
        acting = self.acting(team_id, staff_id)
        return f"{self.names[acting]} for {name} (away)" if acting else f"{name} (away, nobody stands in)"

    def choice_text(self, team_id: uuid.UUID, staff_id: uuid.UUID, name: str) -> str:
        """Return a member as a list to choose from shows them: with what happens while they are away."""
        if staff_id not in self.away:
            return name
        acting = self.acting(team_id, staff_id)
        goes_to = f"goes to {self.names[acting]}" if acting else "nobody stands in"
        return f"{name} (away until {self.away[staff_id].until}: {goes_to})"


# The first instant of the first day, and of the day after the last, in the person's own zone: the chosen one, else
# that of the facility where the person works. The dates bound the search before any zone is looked at.
IN_FORCE = """
    a.ended_at IS NULL AND a.last_date >= (%(now)s AT TIME ZONE 'UTC')::date - 1
    AND a.first_date::timestamp AT TIME ZONE coalesce(nullif(c.time_zone, ''), f.time_zone) <= %(now)s
    AND (a.last_date + 1)::timestamp AT TIME ZONE coalesce(nullif(c.time_zone, ''), f.time_zone) > %(now)s
"""

# One row for each absent member of a team `m.team_id`. The zones are looked up for those rows alone: as joins they would
# make every plan dearer, and mostly nobody is away.
AWAY = f"""
SELECT m.team_id, p.id AS staff_id, p.name, a.last_date, q.id AS surrogate_id, q.name AS surrogate_name
FROM messaging_absence a
JOIN eligibility_staffmember p ON p.id = a.staff_id
JOIN eligibility_teammembership m ON m.staff_id = a.staff_id AND m.ended_at IS NULL
CROSS JOIN LATERAL (SELECT (SELECT time_zone FROM eligibility_facility WHERE id = p.facility_id)) AS f(time_zone)
CROSS JOIN LATERAL (SELECT (SELECT time_zone FROM accounts_account WHERE id = p.account_id)) AS c(time_zone)
LEFT JOIN messaging_surrogate s ON s.absence_id = a.id AND s.team_id = m.team_id
LEFT JOIN eligibility_staffmember q ON q.id = s.surrogate_id AND q.is_active AND EXISTS (
    SELECT FROM eligibility_teammembership o
    WHERE o.team_id = m.team_id AND o.staff_id = q.id AND o.ended_at IS NULL
) AND NOT EXISTS (SELECT FROM accounts_account d WHERE d.id = q.account_id AND NOT d.is_active)
WHERE {IN_FORCE}
"""  # noqa: S608 - constants only; every value is a parameter

_OF_TEAMS = f"{AWAY} AND m.team_id = ANY(%(teams)s) ORDER BY p.name, p.id"

# A row of AWAY: team, absent member with name and last day, surrogate with name or None twice.
AwayRow = tuple[uuid.UUID, uuid.UUID, str, dt.date, uuid.UUID | None, str | None]


def cover_of(team_ids: Collection[uuid.UUID], *, at: dt.datetime | None = None) -> Cover:
    """Return who of these teams is away at an instant (now by default), with one query."""
    if not team_ids:
        return Cover()
    with connection.cursor() as cursor:
        cursor.execute(_OF_TEAMS, {"teams": list(team_ids), "now": at or clock.now()})
        return cover_from(cursor.fetchall())


def cover_from(rows: Iterable[AwayRow]) -> Cover:
    """Return the cover that rows of AWAY make."""
    away: dict[uuid.UUID, Away] = {}
    surrogates: dict[tuple[uuid.UUID, uuid.UUID], uuid.UUID] = {}
    names: dict[uuid.UUID, str] = {}
    absent: defaultdict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    for team_id, staff_id, name, last_date, surrogate_id, surrogate_name in rows:
        away[staff_id] = Away(name, last_date)
        names[staff_id] = name
        absent[team_id].append(staff_id)
        if surrogate_id is not None and surrogate_name is not None:
            surrogates[team_id, staff_id] = surrogate_id
            names[surrogate_id] = surrogate_name
    return Cover(away, surrogates, names, absent)
