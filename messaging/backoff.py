"""How long to wait before something that failed is tried again: emails, notes for the health record."""

import datetime as dt
import random
from typing import Final

_FIRST_PAUSE: Final = dt.timedelta(seconds=30)
_LONGEST_PAUSE: Final = dt.timedelta(hours=2)


def pause(attempts: int) -> dt.timedelta:
    """Return how long to wait after so many attempts: doubling from 30 seconds to 2 hours, half to all of it.

    The part left to chance keeps a thousand things that failed together from coming back together.
    """
    doublings: int = 2 ** min(attempts - 1, 16)
    longest = min(_FIRST_PAUSE * doublings, _LONGEST_PAUSE)
    return longest * random.uniform(0.5, 1)  # noqa: S311 - spreads load, guards nothing
