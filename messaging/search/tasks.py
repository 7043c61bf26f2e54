"""Background work of search."""

from messaging.search import actions
from smportal.jobs.running import scheduled


@scheduled("messaging.search.purge")
def purge() -> int:
    """Delete searches that have run out. Running it twice is harmless."""
    return actions.purge()
