"""While a release is rolled out, the processes of the release before run on its schema: nothing may break them (F018)."""

from collections.abc import Iterator

from django.db.migrations import Migration, operations
from django.db.migrations.loader import MigrationLoader
from django.db.models import NOT_PROVIDED

OWN = {"accounts", "audit", "crypto", "eligibility", "jobs", "messaging"}
# From before the first release: nobody ran the code before them. What is taken away later goes here, in the release
# after the one that stopped using it, with the reason.
ALLOWED = {
    "messaging.0014_attachments adds conversation.has_attachment",
    "messaging.0014_attachments adds message.attachment_count",
    "messaging.0023_archive_files adds archivepart.listing_sealed",
}


def breaking(name: str, migration: Migration) -> Iterator[str]:
    """Yield what code of the release before would fall over: a row it inserts without a new column, a name that is gone."""
    made = {one.name.lower() for one in migration.operations if isinstance(one, operations.CreateModel)}
    for one in migration.operations:
        match one:
            case operations.AddField() if one.model_name.lower() not in made:
                needed = not one.field.null and not one.field.many_to_many
                # Django's own default lives in the new code only; the old code's INSERT needs one of the database.
                if needed and one.field.db_default is NOT_PROVIDED:
                    yield f"{name} adds {one.model_name.lower()}.{one.name}"
            case operations.RemoveField() | operations.RenameField():
                yield f"{name} takes {one.model_name.lower()}.{getattr(one, 'old_name', '') or one.name}"
            case operations.DeleteModel() | operations.RenameModel():
                yield f"{name} takes {getattr(one, 'old_name', '') or one.name}"


def test_f018_no_migration_breaks_the_code_of_the_release_before() -> None:
    found = {
        text
        for (app, number), migration in MigrationLoader(None).disk_migrations.items()
        if app in OWN
        for text in breaking(f"{app}.{number}", migration)
    }
    assert found == ALLOWED
