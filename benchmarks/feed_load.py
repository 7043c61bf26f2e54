# ruff: noqa: INP001 - a script
"""How many rows a second import_feed loads, in how much memory, and whether it slows down.

``python benchmarks/feed_load.py [ROWS]`` (default 1,000,000 enrollment rows, two a veteran) starts
the tests' services on a database of its own and prints a table. Figures to reach: at most 512 MB,
the last tenth at most 1.2 times the first.
"""

import os
import resource
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def rows(count: int) -> "tuple[list[str], int]":
    """Return the number of veterans as ICNs."""
    veterans = [f"{1_000_000_000 + number}V{number % 1_000_000:06}" for number in range((count + 1) // 2)]
    return veterans, len(veterans)


def write(path: Path, count: int) -> None:
    """Write the file: one closed period and one open one for each veteran, far apart in the file."""
    veterans, _ = rows(count)
    with path.open("w") as file:
        file.write("icn,status,priority_group,effective_date,end_date\n")
        file.writelines(f"{icn},enrolled,3,2020-01-01,\n" for icn in veterans)
        file.writelines(f"{icn},cancelled,3,2015-01-01,2019-12-31\n" for icn in veterans[: count - len(veterans)])


def prepare(count: int) -> None:
    """Make the veterans, past the feed: what is measured is enrollment."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_veteranrecord (id, icn, first_name, middle_name, last_name, match_name, ssn_pepper,"
            " deceased, identity_theft, created_at, changed_at) SELECT gen_random_uuid(), 1000000000 + n || 'V' ||"
            " lpad((n %% 1000000)::text, 6, '0'), 'A', '', 'B', 'a|b', '', false, false, now(), now()"
            " FROM generate_series(0, %s) n",
            [(count + 1) // 2 - 1],
        )
        cursor.execute("ANALYZE accounts_veteranrecord")


def load(path: Path, count: int, title: str) -> None:
    """Load the file once and print its figures."""
    from eligibility.feeds.loading import load_feed
    from smportal.actor import Actor

    marks: list[tuple[int, float]] = []
    applied = 0
    staged_at = began = time.monotonic()

    def progress(step: str, amount: int) -> None:
        nonlocal applied, staged_at
        if step == "total":
            staged_at = time.monotonic()
            marks.append((0, staged_at))
        elif step == "applied":
            applied += amount
            marks.append((applied, time.monotonic()))

    with path.open("rb") as stream:
        done = load_feed(actor=Actor.system("benchmark"), kind="enrollment", stream=stream, progress=progress)
    ended = time.monotonic()
    first, last = spent(marks, 0, applied // 10), spent(marks, applied - applied // 10, applied)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{title:8} created={done.created} unchanged={done.unchanged} quarantined={done.quarantined} "
        f"total {ended - began:.0f} s, reading and sorting {staged_at - began:.0f} s, "
        f"{count / (ended - began):,.0f} rows/s, last tenth/first tenth {last / first:.2f}, peak {peak} MB",
        flush=True,
    )


def spent(marks: list[tuple[int, float]], start: int, end: int) -> float:
    """Return the seconds per row between two row numbers."""
    inside = [mark for mark in marks if start <= mark[0] <= end + 1_000]
    return (inside[-1][1] - inside[0][1]) / max(inside[-1][0] - inside[0][0], 1)


def main() -> None:
    """Start the services, load twice, print."""
    import pytest

    count = sys.argv[1] if len(sys.argv) > 1 else "1000000"
    os.environ["FEED_LOAD_ROWS"] = count
    sys.exit(pytest.main(["-q", "-s", "-p", "tests.conftest", __file__]))


def test_feed_load(committed_db: object) -> None:
    """The measurement itself, as a test so that it finds the services."""
    count = int(os.environ["FEED_LOAD_ROWS"])
    prepare(count)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "enrollment.csv"
        write(path, count)
        print(flush=True)
        load(path, count, "first")
        load(path, count, "second")


if __name__ == "__main__":
    main()
