"""``manage.py load_library``: the health library's first topics and links."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from messaging.library import loading
from smportal.actor import Actor


class Command(BaseCommand):
    """Brings in what is not there yet; what administrators changed stays. Running it again changes nothing."""

    help = "Load the health library’s topics and links that are not there yet (messaging/library/*.csv). Audited."

    def handle(self, *args: Any, **options: Any) -> None:
        """Raise CommandError in one line for a row that the library does not take; then nothing was loaded."""
        try:
            loaded = loading.load(actor=Actor.system("load_library"))
        except loading.BadRow as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"created={loaded.created} unchanged={loaded.unchanged}")
