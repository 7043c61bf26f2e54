"""Background work of response tracking."""

from celery import shared_task

from messaging.response.actions import sweep


@shared_task(name="messaging.response.sweep")
def sweep_task() -> None:
    """Take the steps that are owed now."""
    sweep()
