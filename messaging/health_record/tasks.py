"""Background work of the health record."""

from celery import shared_task

from messaging.health_record.actions import relay
from smportal.actor import Actor


@shared_task(name="messaging.health_record.relay")
def relay_task() -> None:
    """File the notes that are owed now."""
    relay(actor=Actor.system("health record"))
