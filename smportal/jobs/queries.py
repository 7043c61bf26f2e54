"""How the repeated tasks are: what administrators see."""

import datetime as dt
import enum
from dataclasses import dataclass

import redis
from django.conf import settings

from smportal import clock
from smportal.jobs.models import JobSlot, Outcome
from smportal.jobs.schedule import JOBS, Job

QUEUE = "celery"


class JobState(enum.Enum):
    """What somebody should know of a job at a glance."""

    ON_TIME = "On time"
    LATE = "Late"
    FAILED = "Failed"
    NEVER = "Never ran"
    NOT_YET = "Not yet: its first run comes within minutes"


@dataclass(frozen=True, slots=True)
class JobStatus:
    """One job of the schedule, and how its last run ended."""

    name: str
    title: str
    every: dt.timedelta
    state: JobState
    is_running: bool = False
    ended_at: dt.datetime | None = None
    succeeded_at: dt.datetime | None = None
    seconds: float | None = None
    count: int | None = None
    error: str = ""
    unfinished: int = 0

    @property
    def every_text(self) -> str:
        """Return how often it runs, in words."""
        seconds = int(self.every.total_seconds())
        for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
            if seconds % size == 0:
                number = seconds // size
                return f"every {unit}" if number == 1 else f"every {number} {unit}s"
        return f"every {seconds} seconds"

    @property
    def needs_somebody(self) -> bool:
        """Tell whether it is not as it should be."""
        return self.state not in {JobState.ON_TIME, JobState.NOT_YET}


def job_statuses() -> list[JobStatus]:
    """Return every job of the schedule, those that need somebody first."""
    rows = {row.name: row for row in JobSlot.objects.order_by("name")}
    now = clock.now()
    # For how long the others have run: a new installation has had no time for what beat asks for every ten minutes.
    often = [name for name, job in JOBS.items() if job.every == job.knock and name in rows]
    watched = max((rows[name].runs * JOBS[name].every for name in often), default=None)
    found = [_status(name, job, rows.get(name), now, watched) for name, job in JOBS.items()]
    return sorted(found, key=lambda status: not status.needs_somebody)


def _status(name: str, job: Job, row: JobSlot | None, now: dt.datetime, watched: dt.timedelta | None) -> JobStatus:
    if row is None:
        is_new = watched is not None and watched < 2 * job.knock
        return JobStatus(name, job.title, job.every, JobState.NOT_YET if is_new else JobState.NEVER)
    return JobStatus(
        name,
        job.title,
        job.every,
        _state(job, row, now),
        is_running=row.run_id is not None,
        ended_at=row.ended_at,
        succeeded_at=row.succeeded_at,
        seconds=None if row.duration_ms is None else row.duration_ms / 1000,
        count=row.count,
        error=row.error,
        unfinished=row.unfinished,
    )


def _state(job: Job, row: JobSlot, now: dt.datetime) -> JobState:
    if row.outcome == Outcome.FAILED:
        return JobState.FAILED
    # A first run that has not ended yet is late once the job's whole time has passed.
    last = row.succeeded_at or row.claimed_at
    return JobState.LATE if last < now - job.late_after else JobState.ON_TIME


def waiting_in_broker() -> int | None:
    """Return how many starts lie in the broker; None when it does not answer within a second."""
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
            return int(client.llen(QUEUE))
    except redis.RedisError:
        return None
