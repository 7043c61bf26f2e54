"""Archives hold the files' bytes too: what each consists of is written down, piece by piece.

One that was made by the release before has no such list, so it is deleted, as every archive is within a day;
one that is being made begins again.
"""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import smportal.crypto.fields


def _begin_again(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("messaging", "ArchivePart").objects.all().delete()
    archives = apps.get_model("messaging", "Archive").objects
    archives.filter(state="ready").update(state="gone")
    archives.filter(state="making").update(done=0)


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0022_upload_key"),
    ]

    operations = [
        migrations.RunPython(_begin_again, migrations.RunPython.noop),
        migrations.AddField("archive", "files_total", models.PositiveIntegerField(default=0, db_default=0)),
        migrations.AddField("archive", "files_done", models.PositiveIntegerField(default=0, db_default=0)),
        migrations.AddField("archive", "taken_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "archive", "index_sealed", smportal.crypto.fields.SealedTextField(editable=False, null=True)
        ),
        migrations.AddField("archivepart", "is_done", models.BooleanField(default=False, db_default=False)),
        migrations.AddField(
            "archivepart",
            "listing_sealed",
            smportal.crypto.fields.SealedTextField(editable=False, default=b""),
            preserve_default=False,
        ),
        migrations.AlterField(
            "archivepart", "text_sealed", smportal.crypto.fields.SealedTextField(editable=False, null=True)
        ),
        migrations.AlterField(
            "archivepart", "pdf_sealed", smportal.crypto.fields.SealedTextField(editable=False, null=True)
        ),
    ]
