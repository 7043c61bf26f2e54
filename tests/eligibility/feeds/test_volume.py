"""A big file in bounded memory and steady time. 1,000,000 rows with FULL=1; benchmarks/feed_load.py prints the figures."""

import os
import resource
import time
from pathlib import Path

from django.db import connection

from eligibility.feeds.loading import load_feed
from smportal.actor import Actor
from tests.eligibility.feeds.helpers import Counts, counts
from tests.fixtures.databases import CommittedDatabase

ROWS = int(os.environ.get("FEED_LOAD_ROWS") or (1_000_000 if os.environ.get("FULL") else 4_000))
# Below this, the start of a process and of a database say more than the rows.
TELLING = 200_000
MOST_MB = 512
SLOWEST = 1.2


def test_a_big_file_loads_and_loading_it_again_changes_nothing(committed_db: CommittedDatabase, tmp_path: Path) -> None:
    prepare(ROWS)
    path = tmp_path / "enrollment.csv"
    write(path, ROWS)
    first = measure(path, "first")
    second = measure(path, "second")
    assert (first[0], second[0]) == (Counts(created=ROWS), Counts(unchanged=ROWS))
    if ROWS >= TELLING:
        assert second[2] <= MOST_MB
        assert max(first[1], second[1]) <= SLOWEST


def write(path: Path, count: int) -> None:
    """One closed period and one open one for each veteran, far apart in the file."""
    veterans = [f"{1_000_000_000 + number}V{number % 1_000_000:06}" for number in range((count + 1) // 2)]
    with path.open("w") as file:
        file.write("icn,status,priority_group,effective_date,end_date\n")
        file.writelines(f"{icn},enrolled,3,2020-01-01,\n" for icn in veterans)
        file.writelines(f"{icn},cancelled,3,2015-01-01,2019-12-31\n" for icn in veterans[: count - len(veterans)])


def prepare(count: int) -> None:
    """Make the veterans, past the feed: what is measured is enrollment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_veteranrecord (id, icn, first_name, middle_name, last_name, match_name, ssn_pepper,"
            " deceased, identity_theft, created_at, changed_at) SELECT gen_random_uuid(), 1000000000 + n || 'V' ||"
            " lpad((n %% 1000000)::text, 6, '0'), 'A', '', 'B', 'a|b', '', false, false, now(), now()"
            " FROM generate_series(0, %s) n",
            [(count + 1) // 2 - 1],
        )
        cursor.execute("ANALYZE accounts_veteranrecord")


def measure(path: Path, title: str) -> tuple[Counts, float, int]:
    """Load the file; return its counts, last tenth over first tenth, and the peak memory in MB."""
    marks: list[tuple[int, float]] = []
    applied = 0

    def progress(step: str, amount: int) -> None:
        nonlocal applied
        if step != "read":
            applied += amount if step == "applied" else 0
            marks.append((applied, time.monotonic()))

    began = time.monotonic()
    with path.open("rb") as stream:
        done = load_feed(actor=Actor.system("test"), kind="enrollment", stream=stream, progress=progress)
    seconds = time.monotonic() - began
    ratio = pace(marks, applied - applied // 10, applied) / pace(marks, 0, applied // 10)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{title:7} {counts(done)} in {seconds:.0f} s ({ROWS / seconds:,.0f} rows/s), of which reading and sorting "
        f"{marks[0][1] - began:.0f} s; last tenth over first {ratio:.2f}; peak {peak} MB",
        flush=True,
    )
    return counts(done), ratio, peak


def pace(marks: list[tuple[int, float]], start: int, end: int) -> float:
    """Return the seconds for a row between two row numbers."""
    inside = [mark for mark in marks if start - 1_000 <= mark[0] <= end + 1_000]
    return (inside[-1][1] - inside[0][1]) / max(inside[-1][0] - inside[0][0], 1)
