"""To whom work can be given: the members of a team and the other teams of its facility, as one page offers both."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from eligibility.models import Facility
from eligibility.queries import MEMBERS, TAKING_PART, NamedTeam, TeamPerson
from smportal import clock
from smportal.prepared import prepared_cursor

# Each keeps its own order: that of what it numbers.
_BOTH = f"""
SELECT false, m.place, m.id, m.account_id, m.name, m.is_lead FROM (
    SELECT row_number() OVER () AS place, found.* FROM ({MEMBERS}) AS found(id, account_id, name, is_lead)
) AS m
UNION ALL
SELECT true, t.place, t.id, NULL, t.name, NULL FROM (
    SELECT row_number() OVER () AS place, found.* FROM ({TAKING_PART}) AS found(id, name)
) AS t
ORDER BY 1, 2
"""  # noqa: S608 - constants only; every value is a parameter


@dataclass(frozen=True, slots=True)
class Takers:
    """Who can have a conversation of a team: its members, and every active team of the facility that takes part."""

    members: Sequence[TeamPerson]
    teams: Sequence[NamedTeam]


def takers_of(team_id: uuid.UUID, facility: Facility) -> Takers:
    """Return what `members_of` and `teams_taking_part` do, with one statement."""
    with prepared_cursor() as cursor:
        cursor.execute(_BOTH, {"team": team_id, "facility": facility.id, "today": clock.today(facility.zone)})
        rows = cursor.fetchall()
    return Takers(
        members=[TeamPerson(*found) for is_team, _, *found in rows if not is_team],
        teams=[NamedTeam(found, name) for is_team, _, found, _, name, _ in rows if is_team],
    )
