"""An account's language is what its owner chose; until then empty, not English."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_message_order")]

    operations = [
        migrations.AlterField(
            model_name="account",
            name="language",
            field=models.CharField(
                blank=True, default="", help_text="What was chosen; empty: nothing yet", max_length=10
            ),
        ),
        migrations.RunSQL("UPDATE accounts_account SET language = '' WHERE language = 'en'", migrations.RunSQL.noop),
    ]
