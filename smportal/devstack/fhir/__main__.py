"""Runs the stand-in as a process of its own: `python -m smportal.devstack.fhir --port 8050`."""

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from smportal.devstack.fhir.server import BASE, Endpoint, server
from smportal.devstack.fhir.store import Store


def main() -> None:
    """Serve until SIGTERM or SIGINT. The token that clients must show is in FHIR_TOKEN."""
    parser = argparse.ArgumentParser(prog="smportal.devstack.fhir", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--store", type=Path, help="a file that keeps the notes; without one they are forgotten")
    parser.add_argument("--stranger", action="append", default=[], help="the ICN of somebody not in this record")
    options = parser.parse_args()
    token = os.environ.get("FHIR_TOKEN", "")
    if not token:
        sys.exit("smportal.devstack.fhir: set FHIR_TOKEN")
    endpoint = Endpoint(token, Store(options.store), frozenset(options.stranger))
    with server(endpoint, options.port, options.host) as web:
        for signum in (signal.SIGTERM, signal.SIGINT):
            # shutdown() waits for serve_forever, which this very thread runs.
            signal.signal(signum, lambda *_: threading.Thread(target=web.shutdown).start())
        print(f"stands in for a health record at {BASE}; it is none", flush=True)
        web.serve_forever()


if __name__ == "__main__":
    main()
