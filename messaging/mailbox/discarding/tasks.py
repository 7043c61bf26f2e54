"""Background work of deleted drafts."""

from messaging.mailbox.discarding.actions import purge_deleted_drafts
from smportal.actor import Actor
from smportal.jobs.running import scheduled


@scheduled("messaging.mailbox.purge_deleted_drafts")
def purge_deleted_drafts_task() -> int:
    """Remove drafts that were deleted more than thirty days ago."""
    return purge_deleted_drafts(actor=Actor.system("purge"))
