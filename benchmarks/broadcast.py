"""`python -m benchmarks.broadcast`: one text to many veterans, by the same batches and the same action as in use.

Makes veterans who may be written to and none of whom has a data key yet, checks them, and sends. Asked for are 80 a second.
"""

import argparse
import sys

from benchmarks import stage
from smportal.devstack.demo import ending_on_signals
from smportal.devstack.supervisor import StackError

VETERANS = 10_000


def main() -> None:
    """Read the command line, raise the stage, measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.broadcast", description=__doc__)
    parser.add_argument("--veterans", type=int, default=VETERANS, help=f"how many ({VETERANS})")
    parser.add_argument("--profile", action="store_true", help="show where the time of sending goes")
    options = parser.parse_args()
    try:
        with ending_on_signals(), stage.raised("tiny"):
            # Django is set up now; this needs it.
            from benchmarks.broadcast_run import measure

            measure(options.veterans, profile=options.profile)
    except StackError as problem:
        sys.exit(f"benchmarks.broadcast: {problem}")


if __name__ == "__main__":
    main()
