"""`python -m benchmarks.reports`: the reports' page over 200,000 conversations of two years, for a team, a facility, all.

The conversations are of 1,400 teams at 140 facilities, with three messages and a clock each. Asked for is the page as a browser
gets it, through all middleware, over a month and over a year. Asked for is a second at most.
"""

import argparse
import datetime as dt
import sys
from typing import TYPE_CHECKING

from benchmarks import scratch
from smportal.devstack.demo import ending_on_signals
from smportal.devstack.supervisor import StackError

if TYPE_CHECKING:
    from django.test import Client

    from accounts.models import Account
    from eligibility.models import Facility

CONVERSATIONS, MESSAGES, ROUNDS, AIM = 200_000, 3, 5, 1.0
FACILITIES, TEAMS_EACH, DAYS = 140, 10, 730


def main() -> None:
    """Read the command line, measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reports", description=__doc__)
    parser.add_argument("--conversations", type=int, default=CONVERSATIONS, help=f"how many ({CONVERSATIONS})")
    parser.add_argument("--explain", action="store_true", help="show how PostgreSQL goes about the widest one")
    options = parser.parse_args()
    try:
        with ending_on_signals(), scratch.database() as base:
            fill(base, options.conversations)
            measure(explain=options.explain)
    except StackError as problem:
        sys.exit(f"benchmarks.reports: {problem}")


def fill(base: scratch.Scratch, conversations: int) -> None:
    """Make two years of conversations: most answered, some only completed, the youngest open."""
    from benchmarks import crowd

    crowd.make_places(FACILITIES, TEAMS_EACH)
    crowd.make_veterans(20_000)
    # Spread over days and hours without a pattern that a team would share.
    at = f"now() - (n::bigint * 7919 % ({DAYS} * 1440)) * interval '1 minute'"
    is_open = f"n::bigint * 7919 % ({DAYS} * 1440) < 4 * 1440"
    crowd.make_conversations(
        conversations,
        started_at=at,
        state=f"CASE WHEN {is_open} THEN 'new' ELSE 'answered' END",
        due_at=f"CASE WHEN {is_open} THEN {at} + interval '3 days' END",
    )
    crowd.make_messages(MESSAGES)
    crowd.make_obligations(
        {
            "ended_at": "CASE WHEN c.due_at IS NULL THEN c.created_at + (c.number % 96) * interval '1 hour' END",
            "end": """CASE WHEN c.due_at IS NOT NULL THEN '' WHEN c.number % 20 = 0 THEN 'handled' ELSE 'answered' END""",
            "answered_minutes": "CASE WHEN c.due_at IS NULL AND c.number % 20 > 0 THEN c.number % 2400 END",
        }
    )
    base.settle()


def measure(*, explain: bool) -> None:
    """Print what the page takes at each scope and for each period."""
    from django.test import Client

    from accounts.models import Account
    from eligibility.models import CareTeam
    from smportal import clock
    from tests.signing_in import sign_in

    today = clock.now().date()
    team = CareTeam.objects.order_by("code")[0]
    lead = Account.objects.get(staff_member__memberships__team=team, staff_member__memberships__is_lead=True)
    print(f"{FACILITIES} facilities, {FACILITIES * TEAMS_EACH:,} teams")
    for scope, account in (("team", lead), ("facility", _administrator(team.facility)), ("national", _administrator())):
        browser = Client(SERVER_NAME="localhost")
        sign_in(browser, account)
        for period, days in (("month", 30), ("year", 365)):
            cost, size = _ask(browser, today - dt.timedelta(days=days), today)
            print(f"{scope:>9}, one {period:5}: {cost}, {size / 1024:5,.0f} kB (aim: at most {AIM:.0f} s)", flush=True)
    if explain:
        _explain(today)


def _administrator(facility: "Facility | None" = None) -> "Account":
    from accounts.models import Account, AccountKind
    from eligibility.models import RoleGrant
    from smportal import clock

    now, name = clock.now(), facility.station_number if facility else "all"
    account = Account.objects.create(kind=AccountKind.STAFF, username=f"bench-{name}", created_at=now)
    RoleGrant.objects.create(account=account, role="administrator", facility=facility, granted_at=now)
    return account


def _ask(browser: "Client", first: dt.date, last: dt.date) -> tuple[scratch.Cost, int]:
    """Return the median cost of some rounds after one that does not count, and the page's size."""
    days = (("first", first), ("last", last))
    form = {f"{name}_{part}": getattr(day, part) for name, day in days for part in ("month", "day", "year")}
    meter, took, size = scratch.Meter(), [], 0
    for _ in range(ROUNDS + 1):
        start = meter.now()
        answer = browser.get("/reports/", form)
        took.append(meter.since(start))
        if answer.status_code != 200 or b"Median" not in answer.content:
            raise StackError(f"the page of reports answered {answer.status_code}")
        size = len(answer.content)
    return scratch.median(took[1:]), size


def _explain(today: dt.date) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from eligibility.models import CareTeam
    from messaging.reports import figures
    from messaging.reports.queries import period_of

    teams = list(CareTeam.objects.values_list("id", flat=True))
    for days in (30, 365):
        period = period_of(today - dt.timedelta(days=days), today, dt.UTC)
        with CaptureQueriesContext(connection) as asked:
            figures.responses(teams, period, now=period.end)
            figures.volumes(teams, period)
        with connection.cursor() as cursor:
            for query in asked.captured_queries:
                cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {query['sql']}")
                print(f"-- {days} days", *(line[0][:200] for line in cursor.fetchall()), sep="\n")


if __name__ == "__main__":
    main()
