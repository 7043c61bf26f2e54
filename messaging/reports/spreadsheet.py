"""The report as CSV that a spreadsheet opens without running anything."""

import csv
import io

from messaging.reports.queries import Report

HEADER = (
    "care team or facility",
    "facility",
    "station number",
    "answered",
    "answered in time",
    "share in time (percent)",
    "median (business hours)",
    "90th percentile (business hours)",
    "completed without a reply",
    "no longer needed",
    "waiting",
    "overdue now",
)
# A cell that begins so is a formula to a spreadsheet.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def as_csv(report: Report) -> str:
    """Return the table of response times, RFC 4180 with a header row."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    writer.writerow(HEADER)
    for row in report.rows:
        share = row.figures.share_in_time
        writer.writerow(
            [
                harmless(row.name),
                harmless(row.facility),
                harmless(row.station),
                row.figures.answered,
                row.figures.in_time,
                "" if share is None else int(share * 100),
                row.median,
                row.ninetieth,
                row.figures.handled,
                row.figures.withdrawn,
                row.figures.waiting,
                row.overdue_now,
            ]
        )
    return out.getvalue()


def harmless(text: str) -> str:
    """Return a name that no spreadsheet takes for a formula: an apostrophe makes it text."""
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text
