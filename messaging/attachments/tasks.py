"""Background work of attachments."""

from celery import shared_task

from messaging.attachments.actions import purge, scan
from smportal.actor import Actor


@shared_task(name="messaging.attachments.scan")
def scan_task() -> None:
    """Have the scanner judge the files that wait."""
    scan(actor=Actor.system("scan"))


@shared_task(name="messaging.attachments.purge")
def purge_task() -> None:
    """Remove files that were never sent."""
    purge(actor=Actor.system("purge"))
