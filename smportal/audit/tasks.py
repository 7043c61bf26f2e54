"""Background work of the trail."""

from smportal.audit import sealing
from smportal.jobs.running import scheduled


@scheduled("smportal.audit.seal")
def seal() -> int:
    """Seal what is settled; a second sealer at the same time does nothing."""
    return sealing.seal_settled()
