"""Finding the veteran to write to: among the own team's only, by name or ICN, and never as a list of everybody."""

import datetime as dt
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

from messaging.inbox.desk import Desk
from messaging.inbox.rows import last_first
from messaging.search.team import name_parts
from messaging.starting.recipients import SHORT, recipients
from smportal import clock, times
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import InvalidInput, NotFound

# More of one name than this are no help to choose from, and would be a list of the team's veterans.
MOST_OFFERED = 25
LEAST_LETTERS = 2
ICN = re.compile(r"[0-9]{10}V[0-9]{6}")

# A veteran of the team by an association in force, or by an earlier conversation. Merged records show as the
# one that survives them.
_OWN = """
WITH RECURSIVE own(id) AS (
    SELECT record_id FROM eligibility_association
    WHERE team_id = %(team)s AND effective_from <= %(today)s
        AND (effective_until IS NULL OR effective_until >= %(today)s)
    UNION
    SELECT record_id FROM messaging_conversation WHERE team_id = %(team)s
), named AS (
    SELECT r.id, r.merged_into_id FROM own JOIN accounts_veteranrecord r ON r.id = own.id WHERE {condition}
), up(id, merged_into_id) AS (
    SELECT id, merged_into_id FROM named
    UNION
    SELECT r.id, r.merged_into_id FROM accounts_veteranrecord r JOIN up ON r.id = up.merged_into_id
)
SELECT DISTINCT r.last_name, r.first_name, r.id, r.birth_date
FROM up JOIN accounts_veteranrecord r ON r.id = up.id WHERE up.merged_into_id IS NULL
ORDER BY r.last_name, r.first_name, r.id LIMIT %(most)s
"""
_BY_NAME = _OWN.format(condition="r.match_name LIKE ALL(%(parts)s)")
_BY_ICN = _OWN.format(condition="r.icn = %(icn)s")


@dataclass(frozen=True, slots=True)
class Found:
    """A veteran whom the team knows. `obstacle` says why no conversation can be started, empty where one can."""

    record_id: uuid.UUID
    name: str
    born: str
    obstacle: str


def find(desk: Desk, *, team_id: uuid.UUID, typed: str) -> list[Found]:
    """Return the team's veterans of this name, or with this ICN; on record before they show.

    Raises NotFound for a team that is not the desk's, InvalidInput naming `find` when nobody, or more than 25,
    can be meant.
    """
    if team_id not in desk.teams:
        raise NotFound
    rows = _rows(team_id, typed, clock.today(times.viewer_zone("", desk.teams[team_id].zone)))
    if not rows:
        raise InvalidInput("No veteran of this team has this name or ICN.", code="unknown", field="find")
    if len(rows) > MOST_OFFERED:
        raise InvalidInput(
            f"More than {MOST_OFFERED} veterans of this team fit. Enter first and last name, or the ICN.",
            code="too_many",
            field="find",
        )
    ids = [row[2] for row in rows]
    record(
        actor=desk.actor,
        deed=Deed.LIST_SHOWN,
        object_kind="veterans",
        details={"records": [str(row[2]) for row in rows]},
    )
    standing = recipients(team_id=team_id, record_ids=ids)
    return [
        Found(
            record_id=record_id,
            name=last_first(last_name, first_name),
            born=times.day(born) if born else "",
            obstacle=SHORT[obstacle] if (obstacle := standing[record_id].obstacle) else "",
        )
        for last_name, first_name, record_id, born in rows
    ]


def _rows(team_id: uuid.UUID, typed: str, today: dt.date) -> Sequence[tuple[str, str, uuid.UUID, dt.date | None]]:
    icn = "".join(typed.split()).upper()
    parameters: dict[str, Any] = {"team": team_id, "today": today, "most": MOST_OFFERED + 1}
    if ICN.fullmatch(icn):
        statement = _BY_ICN
        parameters["icn"] = icn
    else:
        parts = name_parts(typed)
        if sum(len(part) for part in parts) < LEAST_LETTERS:
            raise InvalidInput(
                f"Enter at least {LEAST_LETTERS} letters of the name, or the whole ICN.", code="too_short", field="find"
            )
        statement = _BY_NAME
        parameters["parts"] = [f"%{part}%" for part in parts]
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: Sequence[tuple[str, str, uuid.UUID, dt.date | None]] = cursor.fetchall()
    return rows
