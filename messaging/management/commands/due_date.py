"""`due_date STATION SENT [SENT …]`: when an answer is due (domain rules, sections 6 and 10)."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from eligibility.models import Facility
from messaging.response.calendars import calendar_for
from smportal.business_time import DUE_HOURS, add_business_time, format_instant, parse_instant


class Command(BaseCommand):
    """Prints one line for each instant: its due instant with the facility's offset."""

    help = "Prints when an answer is due for messages sent at the given instants."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("station", help="station number, such as 663")
        parser.add_argument("sent", nargs="+", help="ISO 8601 with offset; - reads one per line from standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        facility = Facility.objects.filter(station_number=options["station"].strip().upper()).first()
        if facility is None:
            raise CommandError("no facility has this station number", returncode=2)
        calendar = calendar_for(facility)
        try:
            # All are read before the first line is printed: a refused call prints no answer.
            answers = [
                format_instant(add_business_time(parse_instant(text), DUE_HOURS, calendar), calendar)
                for text in _texts(options["sent"])
            ]
        except ValueError as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.writelines(f"{answer}\n" for answer in answers)


def _texts(given: Iterable[str]) -> Iterator[str]:
    for text in given:
        if text == "-":
            yield from (line for line in sys.stdin if line.strip())
        else:
            yield text
