"""Wraps every data key under the active key-encryption key, while the application runs."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from smportal.actor import Actor
from smportal.crypto import keyring, rotation
from smportal.crypto.models import DataKey


class Command(BaseCommand):
    """Can be cut off and run again; see docs/security/keys.md for the order of steps."""

    help = "Wrap all data keys with the first key of FIELD_KEYS."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="change nothing; list the data keys that do not unwrap, and end with 1"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        broken = self._check() if options["check"] else self._rotate()
        for key_id, count in rotation.counts().items():
            active = " (active)" if key_id == keyring.provider().active_key_id else ""
            self.stdout.write(f"{count} data keys are wrapped by {key_id}{active}.")
        for line in broken:
            self.stderr.write(line)
        if broken:
            raise CommandError(f"{len(broken)} data keys do not unwrap; what they seal cannot be read.")

    def _check(self) -> list[str]:
        with tqdm(total=DataKey.objects.count(), unit="key", disable=None) as bar:
            return list(rotation.broken_keys(progress=bar.update))

    def _rotate(self) -> list[str]:
        with tqdm(total=rotation.stale(), unit="key", disable=None) as bar:
            outcome = rotation.rotate(actor=Actor.system("rotate_keys"), progress=bar.update)
        self.stdout.write(f"{outcome.rotated} data keys wrapped anew.")
        return outcome.broken
