"""Background work of broadcasts."""

from messaging.broadcasts.making import make_broadcasts
from smportal.jobs.running import scheduled


@scheduled("messaging.broadcasts.make")
def make_broadcasts_task() -> int:
    """Go on with the texts to many veterans that were asked for."""
    return make_broadcasts()
