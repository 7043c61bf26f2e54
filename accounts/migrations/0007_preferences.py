"""Which emails somebody wants, and when the daily one is due. The database knows the defaults, so that code of before goes on."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_language_choice"),
    ]

    operations = [
        migrations.AddField(
            model_name="account",
            name="digest_hour",
            field=models.PositiveSmallIntegerField(
                db_default=8, default=8, help_text="When the daily email is due, in the account's own zone"
            ),
        ),
        migrations.AddField(
            model_name="account",
            name="email_choice",
            field=models.CharField(
                blank=True,
                choices=[
                    ("none", "None"),
                    ("each", "Each message"),
                    ("daily", "Once a day"),
                    ("assigned", "When a conversation is assigned to me"),
                ],
                db_default="",
                default="",
                help_text="empty: the default of the kind",
                max_length=10,
            ),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(condition=models.Q(("digest_hour__lte", 23)), name="account_digest_hour"),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind", "staff"), models.Q(("email_choice", "assigned"), _negated=True), _connector="OR"
                ),
                name="account_veteran_choice",
            ),
        ),
    ]
