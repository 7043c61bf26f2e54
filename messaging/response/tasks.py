"""Background work of response tracking."""

from celery import shared_task

from messaging.alarms.watching import watch
from messaging.response.actions import sweep


@shared_task(name="messaging.response.sweep")
def sweep_task() -> None:
    """Take the steps that are owed now, and look which teams have nobody."""
    sweep()
    watch()
