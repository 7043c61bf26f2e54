"""Taking a slot, and saying how the run ended: one conditional statement each, so that of any number one wins.

Slots are counted by PostgreSQL's clock, the one that all workers share: a worker whose clock is wrong neither takes
a slot of tomorrow nor runs one twice. Tests move it with `smportal.clock`.
"""

import datetime as dt
import uuid
from typing import Any, Final

from django.db import connection

from smportal import clock
from smportal.jobs.models import Outcome
from smportal.jobs.schedule import JOBS

# Longer than a task may take (CELERY_TASK_TIME_LIMIT): whoever has not ended by then is dead.
LEASE: Final = dt.timedelta(seconds=90)
# A run that fails or kills its worker is tried again so often in its slot; then the next slot is waited for.
MOST_ATTEMPTS: Final = 3

_NOW: Final = "COALESCE(%(moved)s::timestamptz, clock_timestamp())"
_CLAIM: Final = f"""
WITH moment AS MATERIALIZED (SELECT {_NOW} AS now),
wanted AS (
    SELECT now, floor((extract(epoch FROM now) - %(at)s) / %(every)s)::bigint AS slot FROM moment
)
INSERT INTO jobs_jobslot AS job (name, slot, run_id, claimed_at, attempts, runs, unfinished, outcome, error)
SELECT %(name)s, slot, %(run)s, now, 1, 1, 0, '', '' FROM wanted
ON CONFLICT (name) DO UPDATE SET
    slot = excluded.slot, run_id = excluded.run_id, claimed_at = excluded.claimed_at, runs = job.runs + 1,
    attempts = CASE WHEN job.slot = excluded.slot THEN job.attempts + 1 ELSE 1 END,
    unfinished = job.unfinished + (job.run_id IS NOT NULL)::int
WHERE job.slot < excluded.slot
    -- The server's own clock once went ahead: nothing may wait until it is there again.
    OR job.slot > excluded.slot + 1
    OR job.slot = excluded.slot AND job.attempts < %(most)s AND (
        -- The broker gives back what a killed worker had in hand, under the same id.
        job.run_id = excluded.run_id
        OR job.run_id IS NOT NULL AND job.claimed_at < excluded.claimed_at - %(lease)s
        OR job.run_id IS NULL AND job.outcome = '{Outcome.FAILED}'
    )
RETURNING slot
"""  # noqa: S608 - constants only; every value is a parameter

_END: Final = f"""
UPDATE jobs_jobslot SET
    ended_at = {_NOW}, duration_ms = %(duration)s, outcome = %(outcome)s, count = %(count)s, error = %(error)s,
    succeeded_at = CASE WHEN %(outcome)s = '{Outcome.DONE}' THEN {_NOW} ELSE succeeded_at END,
    -- Another run may have taken a later slot meanwhile; that one goes on, and this one is missing no more.
    unfinished = unfinished - (run_id IS DISTINCT FROM %(run)s AND unfinished > 0)::int,
    run_id = NULLIF(run_id, %(run)s)
WHERE name = %(name)s
"""  # noqa: S608 - the same


def claim(name: str, run_id: uuid.UUID) -> int | None:
    """Take the slot of a job that has come, and return its number; None when there is nothing to take.

    However many slots were missed, one run takes the newest. A slot is taken again only after its run failed, or died:
    that is, was given back by the broker under the same `run_id`, or has not ended for longer than a task may take.
    Raises KeyError for a job that is not in the schedule.
    """
    job = JOBS[name]
    values: dict[str, Any] = {
        "name": name,
        "run": run_id,
        "every": job.every.total_seconds(),
        "at": job.at.total_seconds(),
        "lease": LEASE,
        "most": MOST_ATTEMPTS,
        "moved": clock.moved_to(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, values)
        row = cursor.fetchone()
    return row[0] if row else None


def end(
    name: str, run_id: uuid.UUID, outcome: Outcome, *, seconds: float, count: int | None = None, error: str = ""
) -> None:
    """Note how a run ended: how long it took, how many things it dealt with, the class of its error."""
    values: dict[str, Any] = {
        "name": name,
        "run": run_id,
        "outcome": outcome.value,
        "duration": round(seconds * 1000),
        "count": count,
        "error": error[:80],
        "moved": clock.moved_to(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_END, values)
