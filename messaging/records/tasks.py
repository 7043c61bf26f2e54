"""Background work of archives."""

from celery import shared_task

from messaging.records.archive.actions import delete_expired
from messaging.records.archive.making import make_archives
from smportal.actor import Actor


@shared_task(name="messaging.records.make_archives")
def make_archives_task() -> None:
    """Go on with the archives that were asked for."""
    make_archives(actor=Actor.system("archives"))


@shared_task(name="messaging.records.delete_archives")
def delete_archives_task() -> None:
    """Delete the archives that are a day old."""
    delete_expired(actor=Actor.system("archives"))
