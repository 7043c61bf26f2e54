"""The filter "only messages with files" of a veteran's lists is an index range."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0018_composing"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="conversation",
            index=models.Index(
                fields=["record", "place", "-last_message_at", "-id"],
                condition=models.Q(has_attachment=True),
                name="mailbox_files",
            ),
        ),
    ]
