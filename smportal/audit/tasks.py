"""Background work of the trail."""

from celery import shared_task

from smportal.audit import sealing


@shared_task(name="smportal.audit.seal")
def seal() -> None:
    """Seal what is settled; a second sealer at the same time does nothing."""
    sealing.seal_settled()
