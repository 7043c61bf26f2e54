"""Who got a text and who did not, as CSV that a spreadsheet opens without running anything."""

import csv
import io
from collections.abc import Iterator, Sequence

from messaging.broadcasts import queries
from messaging.models import Broadcast
from messaging.reports.spreadsheet import harmless
from smportal.actor import Actor

HEADER = ("icn", "veteran", "result", "reason")


def as_csv(actor: Actor, broadcast: Broadcast) -> Iterator[str]:
    """Yield the whole list in pieces, RFC 4180 with a header row; each piece is on record before it is given out."""
    yield _rows([HEADER])
    for piece in queries.every_line(actor, broadcast):
        yield _rows([[harmless(value) for value in (line.icn, line.name, line.result, line.reason)] for line in piece])


def _rows(rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue()
