"""How long answers took, in business minutes: what reports count."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0006_hand_over"),
    ]

    operations = [
        migrations.AddField(
            model_name="obligation",
            name="answered_minutes",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
    ]
