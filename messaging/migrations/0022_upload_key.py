"""An upload tried again under the same key is the same file."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0021_starting")]

    operations = [
        migrations.AddField(model_name="attachment", name="upload_key", field=models.UUIDField(null=True)),
    ]
