"""Roles, database and default rights, as the database's superuser; running it again changes nothing."""

from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError

from smportal.devstack import provision
from smportal.settings import env


class Command(BaseCommand):
    help = "Make the database that DATABASE_URL and DATABASE_OWNER_URL name, as DATABASE_SUPERUSER_URL."
    # The database is not there yet.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare; one line says what is missing or refused."""
        urls = [env.text(name) for name in ("DATABASE_SUPERUSER_URL", "DATABASE_OWNER_URL", "DATABASE_URL")]
        try:
            provision.prepare_database(urls[0], owner_url=urls[1], app_url=urls[2])
        except (ValueError, psycopg.Error) as problem:
            first_line = str(problem).strip().splitlines()[0]
            raise CommandError(f"smportal: cannot prepare the database: {first_line}") from None
        self.stdout.write("The database and its two roles are ready.")
