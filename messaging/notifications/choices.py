"""What becomes of an email under each choice that somebody can make in the settings (domain rules, section 8)."""

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from accounts.models import EmailChoice


class Handling(enum.Enum):
    """What the relay does with an email of one kind for one person."""

    NOW = "sent as soon as possible"
    HELD = "held for the one email a day"
    NOT = "not sent"


Rule = Mapping[EmailChoice, Handling]


def _rule(*, none: Handling, each: Handling, daily: Handling, assigned: Handling) -> Rule:
    by_choice = {
        EmailChoice.NONE: none,
        EmailChoice.EACH: each,
        EmailChoice.DAILY: daily,
        EmailChoice.ASSIGNED: assigned,
    }
    return MappingProxyType(by_choice)


# Somebody must act, whatever they chose: overdue answers, escalations, break glass.
ALWAYS: Final = _rule(none=Handling.NOW, each=Handling.NOW, daily=Handling.NOW, assigned=Handling.NOW)
# Too late tomorrow; and the daily email itself.
UNLESS_NONE: Final = _rule(none=Handling.NOT, each=Handling.NOW, daily=Handling.NOW, assigned=Handling.NOW)
MESSAGES: Final = _rule(none=Handling.NOT, each=Handling.NOW, daily=Handling.HELD, assigned=Handling.NOT)
ASSIGNMENTS: Final = _rule(none=Handling.NOT, each=Handling.NOW, daily=Handling.HELD, assigned=Handling.NOW)


def can_be_turned_off(rule: Rule) -> bool:
    """Tell whether there is a choice under which such an email is not sent."""
    return Handling.NOT in rule.values()
