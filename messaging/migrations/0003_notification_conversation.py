"""An assignment has no id of its own: the email remembers the conversation it is about."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0002_append_only")]

    operations = [
        migrations.AddField(model_name="notification", name="conversation_id", field=models.UUIDField(null=True)),
    ]
