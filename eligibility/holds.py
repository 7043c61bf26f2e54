"""Rows that work in a team holds, so that the team or the membership cannot end under it.

Everything here runs in the caller's transaction. Ending a membership changes its row and closing a team locks it, so
each waits for whoever holds it here, or is seen here when it was first (READ COMMITTED looks again after waiting).
"""

import uuid
from collections.abc import Collection

from django.db import connection

from eligibility.queries import record_family


def hold_member(staff_id: uuid.UUID, team_id: uuid.UUID) -> bool:
    """Tell whether an active staff member belongs to the team, and keep it so until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM eligibility_teammembership m JOIN eligibility_staffmember s ON s.id = m.staff_id"
            " WHERE m.staff_id = %s AND m.team_id = %s AND m.ended_at IS NULL AND s.is_active FOR SHARE OF m",
            [staff_id, team_id],
        )
        return cursor.fetchone() is not None


def hold_team(team_id: uuid.UUID) -> bool:
    """Tell whether a team is active, and keep it so until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM eligibility_careteam WHERE id = %s AND is_active FOR SHARE", [team_id])
        return cursor.fetchone() is not None


def hold_survivors(record_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    """Return, for each of these records, the one that survives its merges, and keep it so until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, merged_into_id FROM accounts_veteranrecord WHERE id = ANY(%s) ORDER BY id FOR SHARE",
            [sorted(record_ids)],
        )
        found = dict(cursor.fetchall())
    survivors = {record_id: record_id for record_id, merged_into in found.items() if merged_into is None}
    for record_id in found.keys() - survivors.keys():
        survivors[record_id] = record_family(record_id)[0]
    return survivors
