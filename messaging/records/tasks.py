"""Background work of archives."""

from messaging.records.archive.actions import delete_expired
from messaging.records.archive.making import make_archives
from smportal.actor import Actor
from smportal.jobs.running import scheduled


@scheduled("messaging.records.make_archives")
def make_archives_task() -> int:
    """Go on with the archives that were asked for."""
    return make_archives(actor=Actor.system("archives"))


@scheduled("messaging.records.delete_archives")
def delete_archives_task() -> int:
    """Delete the archives that are a day old."""
    return delete_expired(actor=Actor.system("archives"))
