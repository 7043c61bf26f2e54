"""Triggers, rights and functions: from here on nobody but the owner could change the trail."""

from typing import Any

from django.db import migrations

from smportal.audit.protection import protect


def forwards(apps: Any, schema_editor: Any) -> None:
    protect(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunPython(forwards)]
