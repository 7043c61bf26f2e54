"""Sent messages, receipts and notes are never changed: the database refuses it."""

from django.db import migrations

from smportal.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_initial")]

    operations = [
        append_only("messaging_message"),
        append_only("messaging_messageopening"),
        append_only("messaging_internalnote"),
    ]
