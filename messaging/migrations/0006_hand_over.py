"""Conversations that went from one care team to another, kept as they were."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

from smportal.append_only import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("eligibility", "0003_proofing_and_team_requests"),
        ("messaging", "0005_break_glass"),
    ]

    operations = [
        migrations.CreateModel(
            name="HandOver",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("handed_at", models.DateTimeField()),
                (
                    "by_staff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="eligibility.staffmember"
                    ),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handovers",
                        to="messaging.conversation",
                    ),
                ),
                (
                    "from_team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="eligibility.careteam"
                    ),
                ),
                (
                    "to_team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="eligibility.careteam"
                    ),
                ),
            ],
            options={
                "ordering": ("handed_at", "id"),
                "indexes": [models.Index(fields=["conversation", "handed_at"], name="handover_of_conversation")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("from_team", models.F("to_team")), _negated=True),
                        name="handover_to_another_team",
                    )
                ],
            },
        ),
        append_only("messaging_handover"),
    ]
