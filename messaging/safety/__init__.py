"""The safety screen: signs of an emergency or a crisis in what a veteran writes."""

from messaging.safety.screening import Screening, is_urgent, labels, screen

__all__ = ["Screening", "is_urgent", "labels", "screen"]
