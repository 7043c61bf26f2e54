"""`bin/bench`: the portal's pages as multiples of the session floor, under the demo's own server."""

import argparse
import json
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import stage
from benchmarks.measuring import Client, WrongAnswer, measure
from smportal.devstack.demo import ending_on_signals
from smportal.devstack.supervisor import StackError

ROUNDS = 60
# Multiples of the floor, or of another case, that are asked for.
AIMS = {
    "unread-count": 1.3,
    "inbox": 4.0,
    "conversation": 4.5,
    "send": 6.0,
    "autosave": 3.0,
    "search-500": 12.0,
    "search-rare-20000": 160.0,
    "team-inbox": 5.0,
    "team-conversation": 5.0,
    "reply": 6.0,
}
AIMS_BESIDE = {
    "inbox-heavy": ("inbox", 1.1),
    "inbox-page-200": ("inbox-heavy", 1.1),
    "team-inbox-page-200": ("team-inbox", 1.15),
    "team-inbox-filtered-200": ("team-inbox-filtered", 1.15),
}
NAMES = (
    *(
        "unread-count",
        "inbox",
        "inbox-heavy",
        "inbox-page-200",
        "inbox-by-team",
        "inbox-filtered",
        "inbox-files",
        "folder",
        "sent",
    ),
    *("conversation", "send", "autosave"),
    *("search-post", "search-500", "search-rare-20000"),
    *("team-inbox", "team-inbox-page-200", "team-inbox-filtered", "team-inbox-filtered-200", "team-inbox-veteran"),
    *("team-conversation", "team-search", "reply"),
)


def main() -> None:
    """Read the command line; one line and exit 1 for what a person can put right."""
    parser = argparse.ArgumentParser(prog="bin/bench", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    parser.add_argument("--only", action="append", choices=NAMES, metavar="NAME", help="one of: " + ", ".join(NAMES))
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"measured requests for each name ({ROUNDS})")
    parser.add_argument("--scale", choices=("full", "tiny"), default="full", help="tiny: only to try the harness")
    options = parser.parse_args()
    report = None
    try:
        with ending_on_signals():
            report = run(options.scale, options.only or NAMES, max(1, options.rounds))
    except (StackError, WrongAnswer) as problem:
        sys.exit(f"bin/bench: {problem}")
    if report is None:
        sys.exit(130)
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n")


def run(scale: str, names: Sequence[str], rounds: int) -> dict[str, Any]:
    """Measure, print the table, and return what `--json` writes."""
    with stage.raised(scale) as ground:
        # Django is set up now; this needs it.
        from benchmarks.cases import Portal

        portal = Portal()
        client = Client(ground.port)
        before = os.getloadavg()[0]
        try:
            floor, series = measure(
                client, portal.floor(), [case for case in portal.cases() if case.name in names], rounds
            )
        finally:
            client.close()
        rows = [one.row(floor) for one in series]
        print(machine(ground.superuser_dsn, before))
    report = {"floor_ms": round(floor * 1_000, 2), "rows": rows}
    show(report, rounds)
    return report


def machine(dsn: str, load_before: float) -> str:
    """Return the facts that the figures depend on, two lines."""
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SHOW server_version").fetchone()
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    model = next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine()
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    import django

    return (
        f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, {platform.system()}; load {load_before:.1f} before, "
        f"{os.getloadavg()[0]:.1f} after\nPython {platform.python_version()}, Django {django.get_version()}, "
        f"PostgreSQL {row[0] if row else '?'}, gunicorn gthread 2 workers x 4 threads"
    )


def show(report: dict[str, Any], rounds: int) -> None:
    """Print the table."""
    ratios = {row["name"]: row["ratio"] for row in report["rows"]}
    print(f"\nsession floor {report['floor_ms']:.2f} ms; {rounds} requests each, one after the other\n")
    print(f"{'name':20} {'p50 ms':>8} {'p95 ms':>8} {'x floor':>8} {'SQL':>4} {'bytes':>7}  aim")
    for row in report["rows"]:
        figures = f"{row['p50_ms']:8.2f} {row['p95_ms']:8.2f} {row['ratio']:8.2f} {row['sql']:4} {row['bytes']:7}"
        print(f"{row['name']:20} {figures}  {verdict(row['name'], ratios)}")


def verdict(name: str, ratios: dict[str, float]) -> str:
    """Return the aim of a name and whether it is reached; empty for a name without one."""
    other, share = AIMS_BESIDE.get(name, ("", 0.0))
    if name in AIMS:
        return f"<= {AIMS[name]} {'reached' if ratios[name] <= AIMS[name] else 'MISSED'}"
    if other in ratios:
        found = ratios[name] / ratios[other]
        return f"<= {share} x {other} {'reached' if found <= share else 'MISSED'} ({found:.2f})"
    return ""


if __name__ == "__main__":
    main()
