"""`migrate` as the owner of the schema: the application's own role may not change it."""

import contextlib
import os
from collections.abc import Iterator
from typing import Any, Final

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from psycopg.errors import LockNotAvailable

from smportal.audit import protection
from smportal.settings import env

# A change of a table waits for whoever reads it, and everybody else then waits behind the change (F018).
LOCK_SECONDS: Final = 2
BUSY: Final = (
    f"smportal: a table was in use for more than {LOCK_SECONDS} s, so the last migration was not begun."
    " Nothing is half done: run migrate again, or end the long transaction first (pg_stat_activity)."
)


@contextlib.contextmanager
def as_owner() -> Iterator[None]:
    """Let the default connection be the owner's within the block, where DATABASE_OWNER_URL names one.

    Raises CommandError under production settings without DATABASE_OWNER_URL.
    """
    if not os.environ.get("DATABASE_OWNER_URL"):
        if settings.SETTINGS_MODULE == "smportal.settings.production":
            raise CommandError("smportal: cannot migrate: set DATABASE_OWNER_URL to the owner's postgresql:// URL")
        yield
        return
    # The application's connection and its pool stay as they are, and come back afterwards.
    application = connections[DEFAULT_DB_ALIAS]
    wrapper = type(application)
    mine = env.database("DATABASE_OWNER_URL")
    mine["OPTIONS"] = {**mine.get("OPTIONS", {}), "options": f"-c lock_timeout={LOCK_SECONDS}s"}
    owner = wrapper({**application.settings_dict, **mine}, alias=DEFAULT_DB_ALIAS)
    connections[DEFAULT_DB_ALIAS] = owner
    try:
        yield
    finally:
        owner.close()
        connections[DEFAULT_DB_ALIAS] = application


class Command(DjangoMigrate):
    """Migrates as the owner, and afterwards sets the audit trail's rights again."""

    def handle(self, *args: Any, **options: Any) -> None:
        with as_owner():
            try:
                super().handle(*args, **options)
            except OperationalError as error:
                if isinstance(error.__cause__, LockNotAvailable):
                    raise CommandError(BUSY) from error
                raise
            if not options["plan"] and not options["check_unapplied"]:
                _protect_trail()


def _protect_trail() -> None:
    connection = connections[DEFAULT_DB_ALIAS]
    if "audit_sealingstate" in connection.introspection.table_names():
        protection.protect(connection)
