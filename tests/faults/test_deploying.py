"""Migrations while people work: a table in use is left alone after two seconds, and nothing is half done (F018)."""

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tests.fixtures.databases import CommittedDatabase


def has_table() -> bool:
    return "jobs_jobslot" in connection.introspection.table_names()


def test_f018_a_migration_gives_way_to_whoever_uses_the_table(committed_db: CommittedDatabase) -> None:
    """It would hold up everybody who comes after it, for as long as one slow reader takes."""
    # Ended by the server, so that a migration that does wait is seen to succeed instead of waiting for ever.
    with psycopg.connect(committed_db.url, options="-c idle_in_transaction_session_timeout=20s") as reader:
        reader.execute("SELECT count(*) FROM jobs_jobslot")
        with pytest.raises(CommandError, match="Nothing is half done"):
            call_command("migrate", "jobs", "zero", verbosity=0, interactive=False)
        assert has_table()
        reader.rollback()
    call_command("migrate", "jobs", "zero", verbosity=0, interactive=False)
    assert not has_table()
    call_command("migrate", "jobs", verbosity=0, interactive=False)
    assert has_table()
