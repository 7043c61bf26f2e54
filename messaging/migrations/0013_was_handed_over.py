"""Which conversations have hand-overs to show."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0012_mailbox_tally"),
    ]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="was_handed_over",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
