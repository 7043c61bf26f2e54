"""`track_responses [--now ISO]`: one sweep over the response clocks."""

import datetime as dt
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand

from messaging.alarms.watching import WatchResult, watch
from messaging.response.actions import sweep
from smportal.business_time import parse_instant


class Command(BaseCommand):
    """Takes what is owed and prints it; a second run at the same instant finds nothing."""

    help = "Sends reminders, marks answers overdue and escalates, as of now or of another instant."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--now", type=_instant, metavar="ISO", help="ISO 8601 with offset, such as 2026-03-06T10:00-05:00"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        done, found = sweep(now=options["now"]), watch(now=options["now"])
        if found != WatchResult():
            self.stdout.write(f"alarms={found.raised} mended={found.ended} notified={found.notified}")
        self.stdout.write(
            f"reminded={done.reminded} overdue={done.overdue} escalated={done.escalated} notified={done.notified}"
        )


def _instant(text: str) -> dt.datetime:
    try:
        return parse_instant(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error
