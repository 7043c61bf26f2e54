"""Background work of attachments."""

from messaging.attachments.actions import purge, scan
from smportal.actor import Actor
from smportal.jobs.running import scheduled


@scheduled("messaging.attachments.scan")
def scan_task() -> int:
    """Have the scanner judge the files that wait."""
    done = scan(actor=Actor.system("scan"))
    return done.ready + done.refused


@scheduled("messaging.attachments.purge")
def purge_task() -> int:
    """Remove files that were never sent."""
    done = purge(actor=Actor.system("purge"))
    return done.unsent + done.stray
