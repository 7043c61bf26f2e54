"""Opens every sealed value: the part of a restore drill that tells whether the keys fit the data."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from smportal.crypto import verification


class Command(BaseCommand):
    """Lists what does not open, by field and id, and then ends with 1. Shows no value."""

    help = "Open every sealed value and list those that do not open."

    def handle(self, *args: Any, **options: Any) -> None:
        broken = 0
        with tqdm(unit="value", disable=None) as bar:
            opened = _Counter(bar)
            for line in verification.unopened(progress=opened):
                broken += 1
                self.stdout.write(line)
        if broken:
            raise CommandError(f"{broken} of {opened.count} sealed values do not open.")
        self.stdout.write(f"All {opened.count} sealed values open.")


class _Counter:
    """Counts for the last line, and moves the bar."""

    def __init__(self, bar: "tqdm[Any]") -> None:
        self.count = 0
        self._bar = bar

    def __call__(self, step: int) -> None:
        self.count += step
        self._bar.update(step)
