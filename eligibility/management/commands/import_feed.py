"""``manage.py import_feed KIND FILE``: loads one feed (docs/feeds.md)."""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError
from tqdm import tqdm

from eligibility.feeds.errors import FeedRefused
from eligibility.feeds.kinds import KINDS
from eligibility.feeds.loading import Progress, load_feed
from smportal.actor import Actor


class Command(BaseCommand):
    """Exit code 0 with counts on the last line; 1 when nothing could be read; 2 when the database went away."""

    help = "Loads one nightly feed. Rows that cannot be loaded are set aside; see them in the admin."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=KINDS, metavar="KIND", help=", ".join(KINDS))
        parser.add_argument("file", type=Path, metavar="FILE", help="the CSV file")
        parser.add_argument("--progress", action="store_true", help="show a progress bar even when not on a terminal")

    def handle(self, *args: Any, kind: str, file: Path, progress: bool, **options: Any) -> None:
        try:
            with file.open("rb") as stream, _bar(file, show=progress or sys.stderr.isatty()) as advance:
                if not stream.seekable():
                    raise CommandError(f"{file}: not a regular file; save it first.")
                load = load_feed(actor=Actor.system("import_feed"), kind=kind, stream=stream, progress=advance)
        except FeedRefused as refused:
            raise CommandError(f"{file}: nothing was loaded: {refused}.") from None
        except OperationalError:
            # Not 1: part of the file may be loaded.
            raise CommandError(
                f"{file}: the database went away. What was loaded stays; load the file again to finish.", returncode=2
            ) from None
        except OSError as error:
            raise CommandError(f"{file}: nothing was loaded: {error.strerror}.") from None
        self.stdout.write(
            f"created={load.created} changed={load.changed} unchanged={load.unchanged} quarantined={load.quarantined}"
        )


@contextmanager
def _bar(file: Path, *, show: bool) -> Iterator[Progress]:
    """One bar of bytes while reading, one of rows while applying; on stderr."""
    with tqdm(total=file.stat().st_size, unit="B", unit_scale=True, desc="reading", disable=not show) as bar:

        def advance(step: str, amount: int) -> None:
            if step == "total":
                bar.reset(total=amount)
                bar.set_description("applying")
                bar.unit = " rows"
            else:
                bar.update(amount)

        yield advance
