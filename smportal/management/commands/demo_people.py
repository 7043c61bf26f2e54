"""`demo_people`: who can sign in to the demo, as JSON."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from smportal.management.commands.seed_world import LOCAL


class Command(BaseCommand):
    """Prints a list of {name, role, sign_in, username, password, totp_secret, shows}."""

    help = "Prints the cast of the demo with passwords and authenticator seeds, as JSON."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.SETTINGS_MODULE not in LOCAL:
            raise CommandError("the people of the demo exist with smportal.settings.local only.")
        from smportal.devstack.world.cast import as_json

        self.stdout.write(as_json())
