"""How many conversations each queue of open work holds: beside every page of the team's inbox, so in plain SQL.

The queues themselves are messaging.inbox.queries; tests/messaging/test_queues.py holds each count against what its queue
shows, also while members are away.
"""

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from django.db import connection

from messaging.inbox.desk import Desk
from messaging.permissions import check_staff

# By the names of the queues. Each is one short range of an index.
_CONDITIONS: Final[Mapping[str, str]] = {
    "open": "true",
    "urgent": "v.possibly_urgent",
    "unassigned": "(v.assignee_id IS NULL{uncovered})",
    "mine": "(v.assignee_id = %(staff)s{covered})",
    "overdue": "v.due_at <= %(now)s",
    "due-today": "v.due_at > %(now)s AND v.due_at < %(tomorrow)s",
}
_COUNT: Final = """(SELECT count(*) FROM (
    SELECT FROM messaging_conversation v
    WHERE v.team_id = ANY(%(teams)s) AND v.state IN ('new', 'in_progress') AND {condition} LIMIT %(most)s
) AS queue)"""


def count(desk: Desk, queues: Sequence[str], *, tomorrow: dt.datetime, most: int) -> tuple[int, ...]:
    """Return how many conversations of a desk stand in each of these queues, at most `most` each, in one statement."""
    staff_id, cover = check_staff(desk.actor), desk.cover
    parameters: dict[str, Any] = {"teams": list(desk.teams), "staff": staff_id, "most": most}
    parameters |= {"now": desk.now, "tomorrow": tomorrow}
    covered = {team_id: cover.stands_in_for(team_id, staff_id) for team_id in cover.absent}
    uncovered = {team_id: cover.uncovered(team_id) for team_id in cover.absent}
    words = {
        "covered": "".join(_or_of(covered, "covered", parameters)),
        "uncovered": "".join(_or_of(uncovered, "uncovered", parameters)),
    }
    counts = ", ".join(_COUNT.format(condition=_CONDITIONS[queue].format(**words)) for queue in queues)
    with connection.cursor() as cursor:
        # Constants only; every value is a parameter.
        cursor.execute(f"SELECT {counts}", parameters)
        counted: tuple[int, ...] = cursor.fetchone()
        return counted


def _or_of(absent: Mapping[uuid.UUID, Sequence[uuid.UUID]], name: str, parameters: dict[str, Any]) -> Iterator[str]:
    """Yield what adds the work of absent members of each team to a condition, and note its values."""
    for number, (team_id, members) in enumerate(absent.items()):
        if members:
            team, assignees = f"{name}_team_{number}", f"{name}_{number}"
            parameters |= {team: team_id, assignees: list(members)}
            yield f" OR v.team_id = %({team})s AND v.assignee_id = ANY(%({assignees})s)"
