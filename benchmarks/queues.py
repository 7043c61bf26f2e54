"""`python -m benchmarks.queues`: how many rows PostgreSQL reads for each queue of a team with 60,000 conversations.

Each queue, each set of filters that its page offers, its first page, a later one and the counts: what is asked for is what the
pages ask for, and read are the rows that EXPLAIN (ANALYZE) counts, those that a filter throws away among them. Entries of
indexes that are only laid over each other (bitmaps) are counted apart: a thousand of them take as long as some rows. Ends
with 1 where a list reads more than LIST rows, a count more than COUNT, or either more than ENTRIES entries.

First all 60,000 are open, then all are answered or completed. One member has no referral, and so does a veteran: what matches
nothing must not be looked for one by one.
"""

import argparse
import datetime as dt
import itertools
import json
import sys
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks import scratch
from smportal.devstack.demo import ending_on_signals
from smportal.devstack.supervisor import StackError

if TYPE_CHECKING:
    from messaging.inbox.desk import Desk
    from messaging.inbox.filters import Chosen
    from messaging.inbox.queries import Queue

VETERANS, EACH = 2_000, 30
# 26 rows of each scope, the possibly urgent above them, and what a row is joined with: some 700. What is left is one category
# of one member among what is answered or completed, which one index finds in part.
LIST = 3_000
# Counts stop at 1,000, of each holder and of the possibly urgent apart.
COUNT = 5_000
ENTRIES = 20_000
# A page in the middle: behind what was due, or written, that long ago.
LATER = dt.timedelta(days=10)


@dataclass(frozen=True, slots=True)
class Read:
    """What one page or count of a narrowed queue read."""

    queue: str
    what: str
    filters: str
    rows: int
    entries: int
    blocks: int
    milliseconds: float

    @property
    def most(self) -> int:
        """How many rows it may read."""
        return COUNT if self.what in {"count", "counts"} else LIST

    @property
    def is_beyond(self) -> bool:
        """Whether it read more than it may."""
        return self.rows > self.most or self.entries > ENTRIES


def main() -> None:
    """Read the command line, measure and print; exit with 1 beyond a limit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.queues", description=__doc__)
    parser.add_argument("--veterans", type=int, default=VETERANS, help=f"of {EACH} conversations each ({VETERANS})")
    parser.add_argument("--explain", action="store_true", help="show the plan of whatever reads too much")
    options = parser.parse_args()
    try:
        with ending_on_signals(), scratch.database() as base:
            found = _measured(base, options.veterans, explain=options.explain)
    except StackError as problem:
        sys.exit(f"benchmarks.queues: {problem}")
    _print(found)
    beyond = [read for read in found if read.is_beyond]
    for read in beyond:
        print(f"beyond: {read.queue} {read.what} {read.filters}: {read.rows:,} rows, {read.entries:,} entries")
    sys.exit(1 if beyond else 0)


def _measured(base: scratch.Scratch, veterans: int, *, explain: bool) -> list[Read]:
    from benchmarks import filling
    from messaging.inbox.queries import OPEN_QUEUES, Queue

    filling.fill(filling.Scale(veterans=veterans, each=EACH, searched=6, heavy=60))
    found: list[Read] = []
    for queues, spread in ((OPEN_QUEUES, _OPEN), (frozenset(Queue) - OPEN_QUEUES, _DONE)):
        scratch.execute(*spread)
        base.settle()
        for queue in (each for each in Queue if each in queues):
            found += _of_queue(queue, explain=explain)
    return found


# The nurse whose pages are asked for is B0. Two of five are nobody's; B5 has no referral, and the tenth veteran none either.
_OPEN = (
    """UPDATE messaging_conversation c SET assignee_id = s.id, state = 'in_progress'
    FROM eligibility_staffmember s, eligibility_careteam t
    WHERE t.code = 'BENCH-0' AND t.id = c.team_id AND s.staff_id = 'B' || c.number % 10
    AND NOT (c.number % 10 = 5 AND c.category = 'referral')""",
    # Reopened: nothing is due.
    "UPDATE messaging_conversation SET due_at = NULL WHERE number % 20 = 3",
    """UPDATE messaging_conversation SET category = 'general' WHERE category = 'referral' AND record_id =
    (SELECT record_id FROM accounts_account WHERE username = 'bench-veteran-9')""",
    "UPDATE messaging_conversation SET possibly_urgent = number % 400 = 7",
    "UPDATE messaging_conversation SET came_at = now() WHERE number % 5000 = 1",
)
_DONE = (
    """UPDATE messaging_conversation SET due_at = NULL, possibly_urgent = false,
    state = CASE WHEN number % 100 < 50 THEN 'answered' ELSE 'completed' END""",
)


def _of_queue(queue: "Queue", *, explain: bool) -> Iterator[Read]:
    from accounts.models import Account
    from benchmarks import people
    from messaging.inbox import queries
    from messaging.inbox.desk import desk_of
    from messaging.inbox.filtering import narrowing_of
    from messaging.inbox.filters import EVERYTHING
    from messaging.inbox.state import QueueState
    from messaging.keyset import Cursor
    from tests.factories import actor_for

    actor = actor_for(Account.objects.get(username=people.NURSE))
    desk = desk_of(actor)
    for chosen in _choices(queue, desk):
        words = " ".join(f"{name}={_short(value)}" for name, value in chosen.parameters().items()) or "–"
        state = QueueState(queue, chosen)
        narrowing = narrowing_of(desk, state)
        listed = partial(queries.queue_view, actor, queue, desk=desk, narrowing=narrowing)
        asks: dict[str, Callable[[], Any]] = {
            "page 1": listed,
            "later": partial(listed, Cursor(desk.now - LATER, uuid.UUID(int=0))),
            "count": partial(queries.narrowed_count, queue, narrowing),
        }
        if chosen == EVERYTHING:
            asks["counts"] = partial(queries.queue_counts, actor, desk=desk)
        if chosen.new:
            asks["news"] = partial(narrowing_of, desk, state)
        for what, ask in asks.items():
            yield _read(queue.value, what, words, ask, explain=explain)


def _choices(queue: "Queue", desk: "Desk") -> Iterator["Chosen"]:
    """Yield every set of filters that the page of a queue offers, with values of each sort."""
    from accounts.models import Account
    from eligibility.models import StaffMember
    from messaging.inbox.filters import EVERYTHING, ME, NOBODY, Age
    from messaging.inbox.state import filters_of
    from messaging.models import Category

    rare = StaffMember.objects.get(staff_id="B5").id
    values: dict[str, list[Any]] = {
        "team": [team_id for team_id, team in desk.teams.items() if team.name == "PACT 0"],
        "category": [Category.REFERRAL],
        "assignee": [ME, NOBODY, str(rare)],
        "age": list(Age),
        "veteran": [Account.objects.get(username="bench-veteran-9").record_id],
        # A page asks for an hour what is new.
        "new": [int(time.time()) - 3_600],
    }
    offered = sorted(filters_of(queue))
    for combination in itertools.product(*([None, *values[name]] for name in offered)):
        chosen = {name: value for name, value in zip(offered, combination, strict=True) if value is not None}
        yield replace(EVERYTHING, **chosen)


def _short(value: str) -> str:
    return value if len(value) < 36 else f"{value[:4]}…"


def _read(queue: str, what: str, filters: str, ask: "Callable[[], Any]", *, explain: bool) -> Read:
    from django.db import connection, reset_queries
    from django.test.utils import CaptureQueriesContext

    reset_queries()
    with CaptureQueriesContext(connection) as asked:
        ask()
    rows = entries = blocks = 0
    milliseconds = 0.0
    plans = []
    for query in asked.captured_queries:
        if "messaging_conversation" not in query["sql"] or not query["sql"].startswith(("SELECT", "(SELECT")):
            continue
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query['sql']}")
            (plan,) = json.loads(raw) if isinstance(raw := cursor.fetchone()[0], str) else raw
        rows += read_by(plan["Plan"], bitmaps=False)
        entries += read_by(plan["Plan"], bitmaps=True)
        blocks += plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]
        milliseconds += plan["Execution Time"]
        plans.append(query["sql"])
    read = Read(queue, what, filters, rows, entries, blocks, milliseconds)
    if explain and read.is_beyond:
        _explain(read, plans)
    return read


def read_by(node: dict[str, Any], *, bitmaps: bool) -> int:
    """Return how many rows of tables a plan's scans returned or threw away, or how many entries its bitmaps are made of."""
    own = 0
    if ("Relation Name" in node or "Index Name" in node) and (node["Node Type"] == "Bitmap Index Scan") is bitmaps:
        thrown = sum(value for name, value in node.items() if name.startswith("Rows Removed by"))
        own = round((node["Actual Rows"] + thrown) * node["Actual Loops"])
    return own + sum(read_by(each, bitmaps=bitmaps) for each in node.get("Plans", ()))


def _explain(read: Read, statements: list[str]) -> None:
    from django.db import connection

    print(f"-- {read.queue} {read.what} {read.filters}: {read.rows:,} rows")
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {statement}")
            print(*(line[0][:180] for line in cursor.fetchall()), sep="\n")


def _print(found: list[Read]) -> None:
    """Print of each queue and kind of ask how many sets of filters there are, and the one that reads most."""
    groups: dict[tuple[str, str], list[Read]] = defaultdict(list)
    for read in found:
        groups[read.queue, read.what].append(read)
    print(
        f"{'queue':12} {'what':8} {'sets':>5} {'rows: median':>12} {'most':>7} {'entries':>8} {'blocks':>7} {'ms':>6}  filters of the most"
    )
    for (queue, what), reads in groups.items():
        ordered = sorted(reads, key=lambda read: read.rows)
        most = ordered[-1]
        middle = ordered[len(ordered) // 2].rows
        print(
            f"{queue:12} {what:8} {len(reads):5} {middle:12,} {most.rows:7,} {max(read.entries for read in reads):8,} {most.blocks:7,} {most.milliseconds:6.1f}  {most.filters}"
        )


if __name__ == "__main__":
    main()
