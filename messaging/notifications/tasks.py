"""Background work of notifications."""

from celery import shared_task

from messaging.notifications.actions import make_digests, relay


@shared_task(name="messaging.notifications.relay")
def relay_task() -> None:
    """Send what the outbox owes now."""
    relay()


@shared_task(name="messaging.notifications.digests")
def digests_task() -> None:
    """Owe the daily emails whose hour has come."""
    make_digests()
