"""`seed_world`: fills an empty local portal with the demo's world (docs/demo.md)."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

LOCAL = ("smportal.settings.local", "smportal.settings.test")


class Command(BaseCommand):
    """Does nothing when the world is there; goes on where it was interrupted."""

    help = "Makes the people, facts and messages of the demo. Refuses anywhere but on a local portal."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.SETTINGS_MODULE not in LOCAL:
            raise CommandError("seed_world makes up people and messages: it runs with smportal.settings.local only.")
        from smportal.devstack.world.building import build
        from smportal.devstack.world.plan import Plan

        began = time.monotonic()
        self.stdout.write("Making the world of the demo: people, facts, six months of messages...")
        if build(Plan(), tell=lambda line: self.stdout.write(f"  {line}")):
            self.stdout.write(f"The world is complete ({time.monotonic() - began:.0f} s).")
        else:
            self.stdout.write("The world was complete already; nothing was changed.")
