"""Background work of notifications."""

from messaging.notifications.actions import make_digests, relay
from smportal.jobs.running import scheduled


@scheduled("messaging.notifications.relay")
def relay_task() -> int:
    """Send what the outbox owes now."""
    return relay().sent


@scheduled("messaging.notifications.digests")
def digests_task() -> int:
    """Owe the daily emails whose hour has come."""
    return make_digests().made
