"""`python -m benchmarks.digest`: daily emails for a million accounts of whom ten thousand have something, and for those alone.

Both sides do the same work: what is held for 10,000 readers becomes 10,000 owed emails. What it costs beside 990,000 accounts
that have nothing, with two old emails each, may not follow those.
"""

import argparse
import sys

from benchmarks import scratch
from smportal.devstack.demo import ending_on_signals
from smportal.devstack.supervisor import StackError

ACCOUNTS, READERS, ROUNDS = 1_000_000, 10_000, 3


def main() -> None:
    """Read the command line, measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.digest", description=__doc__)
    parser.add_argument("--accounts", type=int, default=ACCOUNTS, help=f"how many there are ({ACCOUNTS})")
    parser.add_argument("--readers", type=int, default=READERS, help=f"for how many something is held ({READERS})")
    options = parser.parse_args()
    try:
        with ending_on_signals(), scratch.database() as base:
            measure(base, options.accounts, options.readers)
    except StackError as problem:
        sys.exit(f"benchmarks.digest: {problem}")


def measure(base: scratch.Scratch, accounts: int, readers: int) -> None:
    """Fill for the few, measure, fill for all, measure again."""
    from benchmarks import crowd

    crowd.make_veterans(readers)
    scratch.execute(
        "UPDATE accounts_account SET email_choice = 'daily', time_zone = 'America/New_York'",
        "CREATE TEMP TABLE reader AS SELECT id FROM accounts_account",
    )
    few = scratch.median([_round(base, readers) for _ in range(ROUNDS)])
    crowd.make_veterans(accounts - readers)
    _old_emails()
    many = scratch.median([_round(base, readers) for _ in range(ROUNDS)])
    print(f"{readers:,} accounts, of whom {readers:,} have something:    {few}")
    print(f"{accounts:,} accounts, of whom {readers:,} have something: {many}")
    print(f"ratio: {many.wall / few.wall:.2f} on the wall, {many.cpu / few.cpu:.2f} of processor")


def _old_emails() -> None:
    from benchmarks import crowd
    from messaging.models import Notification

    old = {"recipient_id": "a.id", "kind": "'new_message'", "state": "'sent'", "sent_at": "now()", "attempts": "1"}
    source = (
        "accounts_account a, generate_series(1, 2) AS n WHERE NOT EXISTS (SELECT FROM reader WHERE reader.id = a.id)"
    )
    crowd.generate(Notification, 0, old, source=source)


def _round(base: scratch.Scratch, readers: int) -> scratch.Cost:
    """Hold three emails for each reader, due now, and measure what making the daily ones takes."""
    from benchmarks import crowd
    from messaging.models import Notification
    from messaging.notifications.actions import DigestResult, make_digests

    scratch.execute("DELETE FROM messaging_notification WHERE recipient_id IN (SELECT id FROM reader)")
    held = {
        "recipient_id": "reader.id",
        "kind": "'new_message'",
        "state": "'held'",
        "created_at": "now() - interval '1 day'",
        "next_attempt_at": "now()",
    }
    crowd.generate(Notification, 0, held, source="reader, generate_series(1, 3) AS n")
    base.settle()
    meter = scratch.Meter()
    start = meter.now()
    made = make_digests()
    cost = meter.since(start)
    if made != DigestResult(made=readers):
        raise StackError(f"{made} instead of {readers} daily emails")
    return cost


if __name__ == "__main__":
    main()
