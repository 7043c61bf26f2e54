"""Background work of search."""

from celery import shared_task

from messaging.search import actions


@shared_task(name="messaging.search.purge")
def purge() -> None:
    """Delete searches that have run out. Running it twice is harmless."""
    actions.purge()
