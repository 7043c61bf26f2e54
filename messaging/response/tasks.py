"""Background work of response tracking."""

from messaging.alarms.watching import watch
from messaging.response.actions import sweep
from smportal.jobs.running import scheduled


@scheduled("messaging.response.sweep")
def sweep_task() -> int:
    """Take the steps that are owed now, and look which teams have nobody."""
    done = sweep()
    watch()
    return done.reminded + done.overdue + done.escalated
