"""Names as long as a feed may bring them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.AlterField("veteranrecord", name, models.CharField(blank=True, max_length=1000))
        for name in ("first_name", "middle_name", "last_name")
    ]
