"""Whether anybody of a team is on duty: an active member who may sign in and is not away."""

import datetime as dt
import uuid

from django.db import connection

from messaging.absence.cover import IN_FORCE

# Somebody who has no account yet counts: the first sign-in makes it.
PRESENT = """
    m.ended_at IS NULL AND p.is_active AND coalesce(c.is_active, true)
"""

_SINCE = f"""
WITH member AS (
    SELECT (
        SELECT a.first_date::timestamp AT TIME ZONE coalesce(nullif(c.time_zone, ''), f.time_zone)
        FROM messaging_absence a WHERE a.staff_id = p.id AND {IN_FORCE}
    ) AS away_since
    FROM eligibility_teammembership m
    JOIN eligibility_staffmember p ON p.id = m.staff_id
    JOIN eligibility_facility f ON f.id = p.facility_id
    LEFT JOIN accounts_account c ON c.id = p.account_id
    WHERE m.team_id = %(team)s AND {PRESENT}
)
SELECT CASE
    WHEN EXISTS (SELECT FROM member WHERE away_since IS NULL) THEN NULL
    ELSE coalesce(
        (SELECT max(away_since) FROM member),
        (SELECT max(ended_at) FROM eligibility_teammembership WHERE team_id = %(team)s),
        'epoch'::timestamptz
    )
END
"""  # noqa: S608 - constants only; every value is a parameter


def unattended_since(team_id: uuid.UUID, *, at: dt.datetime) -> dt.datetime | None:
    """Return since when nobody of the team has been on duty, or None when somebody is."""
    with connection.cursor() as cursor:
        cursor.execute(_SINCE, {"team": team_id, "now": at})
        since: dt.datetime | None = cursor.fetchone()[0]
    return since
