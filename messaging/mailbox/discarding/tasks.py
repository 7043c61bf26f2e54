"""Background work of deleted drafts."""

from celery import shared_task

from messaging.mailbox.discarding.actions import purge_deleted_drafts
from smportal.actor import Actor


@shared_task(name="messaging.mailbox.purge_deleted_drafts")
def purge_deleted_drafts_task() -> None:
    """Remove drafts that were deleted more than thirty days ago."""
    purge_deleted_drafts(actor=Actor.system("purge"))
