"""How many deadlines a second one core computes: `python -m benchmarks.deadlines [COUNT]`.

Every start is another instant, over ten years and the time zones of the facilities, with and
without closures: what a sweep over all obligations after a new closure has to do. Measured is processor
time: what else the machine does hardly counts.
"""

import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from smportal.business_time import Calendar, add_business_time, business_time_between, deadlines

ZONES = ("America/New_York", "America/Chicago", "America/Los_Angeles", "Pacific/Honolulu")
CLOSURES = ((date(2024, 2, 5), date(2024, 2, 9)), date(2026, 8, 14), date(2029, 3, 1))


def main(count: int) -> None:
    """Prints one line per kind of computation, with its rate."""
    chance = random.Random(1)
    calendars = [Calendar(zone, closed) for zone in ZONES for closed in ((), CLOSURES)]
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    cases = [
        (begin + timedelta(seconds=chance.uniform(0, 315_360_000)), chance.choice(calendars)) for _ in range(count)
    ]
    kinds: dict[str, Callable[[datetime, Calendar], object]] = {
        "due instant": lambda start, calendar: add_business_time(start, 27, calendar),
        "all three instants": deadlines,
        "age of ten days": lambda start, calendar: business_time_between(start, start + timedelta(days=10), calendar),
    }
    for name, compute in kinds.items():
        started = time.process_time()
        for start, calendar in cases:
            compute(start, calendar)
        print(f"{name:20} {count / (time.process_time() - started):>10,.0f} a second")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
