"""Notes for the health record, and the clinics where they are filed."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import smportal.crypto.fields


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_preferences"),
        ("eligibility", "0003_proofing_and_team_requests"),
        ("messaging", "0028_sent_in_error"),
    ]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="has_record_notes",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.CreateModel(
            name="Clinic",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("code", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=100)),
                ("is_active", models.BooleanField(default=True)),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="clinics", to="eligibility.facility"
                    ),
                ),
            ],
            options={
                "ordering": ("name", "code"),
            },
        ),
        migrations.CreateModel(
            name="RecordNote",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("author_name", models.CharField(max_length=1000)),
                ("author_title", models.CharField(blank=True, max_length=1000)),
                ("message_ids", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                ("title_sealed", smportal.crypto.fields.SealedTextField()),
                ("text_sealed", smportal.crypto.fields.SealedTextField()),
                ("content_digest", models.BinaryField()),
                ("first_sent_at", models.DateTimeField(help_text="when the first of its messages was sent")),
                ("last_sent_at", models.DateTimeField(help_text="when the last of its messages was sent")),
                ("written_at", models.DateTimeField()),
                ("document_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting to be filed"),
                            ("filed", "Filed"),
                            ("failed", "Not filed"),
                            ("dismissed", "Given up"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("next_attempt_at", models.DateTimeField()),
                ("owed_since", models.DateTimeField()),
                ("may_be_there", models.BooleanField(default=False)),
                ("last_error", models.CharField(blank=True, max_length=50)),
                ("filed_at", models.DateTimeField(null=True)),
                ("external_id", models.CharField(blank=True, max_length=64)),
                ("dismissed_at", models.DateTimeField(null=True)),
                ("dismissal_sealed", smportal.crypto.fields.SealedTextField(null=True)),
                (
                    "author_staff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="eligibility.staffmember"
                    ),
                ),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="messaging.clinic"
                    ),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="record_notes",
                        to="messaging.conversation",
                    ),
                ),
                (
                    "dismissed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="eligibility.staffmember",
                    ),
                ),
                (
                    "record",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.veteranrecord"
                    ),
                ),
            ],
            options={
                "ordering": ("written_at", "id"),
            },
        ),
        migrations.AddConstraint(
            model_name="clinic",
            constraint=models.UniqueConstraint(fields=("facility", "code"), name="clinic_code_once"),
        ),
        migrations.AddIndex(
            model_name="recordnote",
            index=models.Index(fields=["conversation", "written_at"], name="record_note_of_conversation"),
        ),
        migrations.AddIndex(
            model_name="recordnote",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["next_attempt_at"], name="record_note_waiting"
            ),
        ),
        migrations.AddIndex(
            model_name="recordnote",
            index=models.Index(
                condition=models.Q(("state", "failed")), fields=["conversation"], name="record_note_failed"
            ),
        ),
        migrations.AddConstraint(
            model_name="recordnote",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["waiting", "filed", "failed", "dismissed"])),
                name="record_note_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="recordnote",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("filed_at__isnull", False), ("state", "filed")),
                    models.Q(models.Q(("state", "filed"), _negated=True), ("filed_at__isnull", True)),
                    _connector="OR",
                ),
                name="record_note_filed_paired",
            ),
        ),
        migrations.AddConstraint(
            model_name="recordnote",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("dismissal_sealed__isnull", False),
                        ("dismissed_at__isnull", False),
                        ("dismissed_by__isnull", False),
                        ("state", "dismissed"),
                    ),
                    models.Q(
                        models.Q(("state", "dismissed"), _negated=True),
                        ("dismissal_sealed__isnull", True),
                        ("dismissed_at__isnull", True),
                        ("dismissed_by__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="record_note_dismissed_paired",
            ),
        ),
    ]
