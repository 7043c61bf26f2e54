"""Who waits for whom: starting clocks against changing the calendar that they are computed from.

A clock that starts while a closure is being entered would not see it, and the recomputation would
not see the clock. So starting holds a lock shared, and changing the calendar holds it alone, until
the transaction ends. Whoever changes the calendar takes the lock before reading what to recompute.
"""

import uuid

from django.db import connection

# Any number that no other advisory lock of the portal uses.
_CALENDAR = 0x736D_0001


def open_obligation_id(conversation_id: uuid.UUID) -> uuid.UUID | None:
    """Return the conversation's open obligation; when there is none, hold the calendar for reading.

    One statement, because every send pays for it. The caller has locked the conversation's row, so
    that the answer stays true. No lock when one is open: recomputing waits for the conversation's
    row, and the two must not wait for each other.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH standing AS MATERIALIZED ("
            " SELECT (SELECT id FROM messaging_obligation WHERE conversation_id = %s AND ended_at IS NULL) AS id)"
            " SELECT id, CASE WHEN id IS NULL THEN pg_advisory_xact_lock_shared(%s)::text END FROM standing",
            [conversation_id, _CALENDAR],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def hold_calendar() -> None:
    """Keep every clock from starting until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CALENDAR])
