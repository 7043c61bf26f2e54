"""Background work of notifications."""

from celery import shared_task

from messaging.notifications.actions import relay


@shared_task(name="messaging.notifications.relay")
def relay_task() -> None:
    """Send what the outbox owes now."""
    relay()
