"""Checks the whole audit trail: 0 when it holds, 1 and the first broken entry when it does not."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from smportal.audit import verification
from smportal.audit.models import AuditEvent


class Command(BaseCommand):
    """Streams over events and seals; changes nothing."""

    help = "Check that no event or seal of the audit trail was changed, deleted, inserted or reordered."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--kept-seal",
            default="",
            metavar="NUMBER:DIGEST",
            help="a seal's mark from the logs of another machine; the trail must still hold it",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        total = AuditEvent.objects.count()
        # No bar where nobody watches (tqdm's disable=None).
        with tqdm(total=total, unit="event", disable=None) as bar:
            try:
                report = verification.verify(kept=options["kept_seal"], progress=bar.update)
            except verification.BrokenTrailError as broken:
                raise CommandError(f"The audit trail does not hold: {broken}.") from None
        self.stdout.write(
            f"{report.events} events in {report.seals} seals hold; {report.unsealed} not sealed yet"
            + (f" (the oldest from {report.oldest_unsealed:%Y-%m-%d %H:%M:%S} UTC)." if report.oldest_unsealed else ".")
        )
        if report.last_seal:
            self.stdout.write(f"Last seal: {report.last_seal}")
