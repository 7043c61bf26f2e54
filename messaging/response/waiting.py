"""How long a veteran has waited for an answer, in business hours, told from the due instant alone.

An answer is due 27 business hours after the clock has started (domain rules, section 6), so what is left of them says
how long it runs, and what has passed since, how long it runs too long. No list needs to look up where a clock began.
"""

import datetime as dt
from typing import Final

from smportal.business_time import (
    DUE_HOURS,
    Calendar,
    add_business_time,
    business_time_between,
    subtract_business_time,
)

_DUE_AFTER: Final = dt.timedelta(hours=DUE_HOURS)
_NONE: Final = dt.timedelta(0)


class Waits:
    """How long conversations of one calendar have waited at an instant.

    Each answer starts from the one before: for a list by due instant, the calendar is walked through once and not once
    for each row.
    """

    def __init__(self, calendar: Calendar, now: dt.datetime) -> None:
        self._calendar = calendar
        self._due_at, self._waited = now, _DUE_AFTER

    def of(self, due_at: dt.datetime) -> dt.timedelta:
        """Return the business time since the clock started whose answer is due at `due_at`."""
        if due_at >= self._due_at:
            self._waited -= business_time_between(self._due_at, due_at, self._calendar)
        else:
            self._waited += business_time_between(due_at, self._due_at, self._calendar)
        self._due_at = due_at
        return max(_NONE, self._waited)


def due_by(hours: int, now: dt.datetime, calendar: Calendar) -> dt.datetime:
    """Return the last due instant of what has waited for so many business hours: whatever is due later has not yet."""
    if hours < DUE_HOURS:
        return add_business_time(now, DUE_HOURS - hours, calendar)
    return subtract_business_time(now, hours - DUE_HOURS, calendar) if hours > DUE_HOURS else now
