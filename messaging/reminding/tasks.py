"""Background work of own reminders."""

from messaging.reminding.actions import tell_due
from smportal.jobs.running import scheduled


@scheduled("messaging.reminding.tell")
def tell_task() -> int:
    """Owe the emails of reminders whose hour has come."""
    return tell_due()
