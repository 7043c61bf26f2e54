"""Background work of broadcasts."""

from celery import shared_task

from messaging.broadcasts.making import make_broadcasts


@shared_task(name="messaging.broadcasts.make")
def make_broadcasts_task() -> None:
    """Go on with the texts to many veterans that were asked for."""
    make_broadcasts()
