"""Emails held for the daily one, daily emails, and trying a refused one again."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0015_file_notifications"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="notification",
            name="digest",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="parts",
                to="messaging.notification",
            ),
        ),
        migrations.AddField(
            model_name="notification",
            name="tried_again_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="notification",
            name="kind",
            field=models.CharField(
                choices=[
                    ("new_message", "New message for a veteran"),
                    ("team_message", "New message for a care team"),
                    ("assigned", "Conversation assigned"),
                    ("reminder", "Answer due soon"),
                    ("overdue", "Answer overdue"),
                    ("escalation", "Answer overdue for two days more"),
                    ("file_veteran", "File of a veteran not delivered"),
                    ("file_staff", "File of the care team not delivered"),
                    ("break_glass", "Break glass to review"),
                    ("digest", "Daily email for a veteran"),
                    ("team_digest", "Daily email for a care team member"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="notification",
            name="state",
            field=models.CharField(
                choices=[
                    ("pending", "Waiting"),
                    ("held", "Held for the daily email"),
                    ("digested", "Part of a daily email"),
                    ("sent", "Sent"),
                    ("failed", "Refused by the mail server"),
                    ("expired", "Expired before it could be sent"),
                    ("skipped", "No longer wanted"),
                ],
                default="pending",
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(
                condition=models.Q(("state", "held")), fields=["next_attempt_at"], name="notification_held"
            ),
        ),
        migrations.AddIndex(
            model_name="notification",
            index=models.Index(
                condition=models.Q(("state", "failed")), fields=["-created_at"], name="notification_failed"
            ),
        ),
        migrations.AddConstraint(
            model_name="notification",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("digest__isnull", False), ("state", "digested")),
                    models.Q(models.Q(("state", "digested"), _negated=True), ("digest__isnull", True)),
                    _connector="OR",
                ),
                name="notification_digest_paired",
            ),
        ),
    ]
