"""How many rows a second import_feed loads, in how much memory, and whether it slows down.

``python -m benchmarks.feed_load [ROWS]`` (default 1,000,000 enrollment rows, two for each veteran) runs the
volume test with its figures shown, on a database of its own. Figures to reach: at most 512 MB, and the
last tenth at most 1.2 times the first.
"""

import os
import sys

TEST = "tests/eligibility/feeds/test_volume.py"


def main(rows: str) -> None:
    """Run the volume test in this process's place."""
    arguments = [sys.executable, "-m", "pytest", "-q", "-s", TEST]
    os.execve(sys.executable, arguments, {**os.environ, "FEED_LOAD_ROWS": rows})


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "1000000")
