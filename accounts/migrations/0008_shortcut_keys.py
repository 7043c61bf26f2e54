"""Whether single keys do things on the care team's pages. The database knows the default, so that code of before goes on."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_preferences"),
    ]

    operations = [
        migrations.AddField(
            model_name="account",
            name="shortcut_keys",
            field=models.BooleanField(db_default=True, default=True, help_text="single keys do things"),
        ),
    ]
