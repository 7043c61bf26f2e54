"""Background work of the health record."""

from messaging.health_record.actions import relay
from smportal.actor import Actor
from smportal.jobs.running import scheduled


@scheduled("messaging.health_record.relay")
def relay_task() -> int:
    """File the notes that are owed now."""
    return relay(actor=Actor.system("health record")).filed
