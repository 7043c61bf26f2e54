"""`python -m benchmarks.sweep`: a sweep with a thousand steps due, where a thousand clocks are open and where a million are.

And the watch for teams that have nobody, which is part of each sweep: with few teams, and with twenty thousand. Every figure is the
median of a few rounds; the due ones are others in each, anywhere among the open ones.
"""

import argparse
import datetime as dt
import sys

from benchmarks import scratch
from smportal.devstack.demo import ending_on_signals
from smportal.devstack.supervisor import StackError

OPEN, DUE, ROUNDS, AIM = 1_000_000, 1_000, 5, 3.0
FACILITIES, TEAMS_EACH = 140, 5
# Those in which nothing waits.
IDLE_TEAMS = 20_000
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def main() -> None:
    """Read the command line, measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sweep", description=__doc__)
    parser.add_argument("--open", type=int, default=OPEN, help=f"how many clocks are open ({OPEN})")
    parser.add_argument("--due", type=int, default=DUE, help=f"how many of them are due ({DUE})")
    options = parser.parse_args()
    try:
        with ending_on_signals(), scratch.database() as base:
            measure(base, options.open, options.due)
    except StackError as problem:
        sys.exit(f"benchmarks.sweep: {problem}")


def measure(base: scratch.Scratch, clocks: int, due: int) -> None:
    """Fill with what is due, measure, fill with the others, measure again; then the same with idle teams."""
    from benchmarks import crowd

    crowd.make_places(FACILITIES, TEAMS_EACH)
    crowd.make_veterans(10_000)
    _start(due)
    few = scratch.median([_sweep(base, due) for _ in range(ROUNDS)])
    _start(clocks - due)
    many = scratch.median([_sweep(base, due) for _ in range(ROUNDS)])
    print(f"sweep, {due:,} due of {due:,} open:      {few}")
    print(f"sweep, {due:,} due of {clocks:,} open:  {many}")
    print(
        f"  ratio {many.wall / few.wall:.2f} on the wall, {many.cpu / few.cpu:.2f} of processor (aim: at most {AIM:.0f})"
    )
    teams = FACILITIES * TEAMS_EACH
    before = scratch.median([_watch() for _ in range(ROUNDS)])
    crowd.make_places(FACILITIES, IDLE_TEAMS // FACILITIES)
    base.settle()
    after = scratch.median([_watch() for _ in range(ROUNDS)])
    print(f"watch, clocks in {teams:,} of {teams:,} teams:    {before}")
    print(f"watch, clocks in {teams:,} of {teams + IDLE_TEAMS // FACILITIES * FACILITIES:,} teams: {after}")


def _start(count: int) -> None:
    """Make conversations that have waited for less than a day."""
    from benchmarks import crowd

    at = "now() - (n % 1200) * interval '1 minute'"
    crowd.make_conversations(count, started_at=at, state="'new'", due_at=f"{at} + interval '3 days'")
    crowd.make_obligations({"next_step_at": "c.created_at + interval '2 days'"})


def _sweep(base: scratch.Scratch, due: int) -> scratch.Cost:
    """Let a reminder be due for so many of the open clocks, anywhere among them, and measure a sweep."""
    from messaging.models import Notification, Obligation
    from messaging.response.actions import sweep
    from smportal import clock

    now = clock.now()
    anywhere = Obligation.objects.order_by("?").values("id")[:due]
    Obligation.objects.filter(id__in=anywhere).update(
        remind_at=now - HOUR, next_step_at=now - HOUR, due_at=now + DAY, escalate_at=now + 3 * DAY, reminded_at=None
    )
    Notification.objects.all().delete()
    base.settle()
    meter = scratch.Meter()
    start = meter.now()
    done = sweep()
    cost = meter.since(start)
    if done.reminded != due:
        raise StackError(f"{done} instead of {due} reminders")
    return cost


def _watch() -> scratch.Cost:
    from messaging.alarms.watching import watch

    meter = scratch.Meter()
    start = meter.now()
    watch()
    return meter.since(start)


if __name__ == "__main__":
    main()
