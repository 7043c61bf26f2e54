"""Uses of break glass, kept by the database as they were."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import smportal.crypto.fields

# Who, when, what and why stay; a review is written once; nothing is removed.
GUARD = """
CREATE FUNCTION break_glass_keep() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.reviewed_at IS NULL
            AND (OLD.id, OLD.account_id, OLD.account_name, OLD.conversation_id, OLD.record_id, OLD.facility_id,
                 OLD.reason_sealed, OLD.signed_in_at, OLD.opened_at)
            IS NOT DISTINCT FROM
                (NEW.id, NEW.account_id, NEW.account_name, NEW.conversation_id, NEW.record_id, NEW.facility_id,
                 NEW.reason_sealed, NEW.signed_in_at, NEW.opened_at)
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER break_glass_keep_row BEFORE UPDATE OR DELETE ON messaging_breakglassuse
    FOR EACH ROW EXECUTE FUNCTION break_glass_keep();
CREATE TRIGGER break_glass_keep_table BEFORE TRUNCATE ON messaging_breakglassuse
    FOR EACH STATEMENT EXECUTE FUNCTION break_glass_keep();
"""
UNGUARD = """
DROP TRIGGER break_glass_keep_row ON messaging_breakglassuse;
DROP TRIGGER break_glass_keep_table ON messaging_breakglassuse;
DROP FUNCTION break_glass_keep();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("eligibility", "0001_initial"),
        ("messaging", "0004_queue_indexes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="notification",
            name="kind",
            field=models.CharField(
                choices=[
                    ("new_message", "New message for a veteran"),
                    ("assigned", "Conversation assigned"),
                    ("reminder", "Answer due soon"),
                    ("overdue", "Answer overdue"),
                    ("escalation", "Answer overdue for two days more"),
                    ("break_glass", "Break glass to review"),
                ],
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="BreakGlassUse",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("account_name", models.CharField(max_length=200, verbose_name="name")),
                ("reason_sealed", smportal.crypto.fields.SealedTextField()),
                ("signed_in_at", models.DateTimeField()),
                ("opened_at", models.DateTimeField(verbose_name="opened")),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[("appropriate", "Appropriate"), ("not_appropriate", "Not appropriate")],
                        max_length=20,
                        verbose_name="review",
                    ),
                ),
                ("review_note_sealed", smportal.crypto.fields.SealedTextField(null=True)),
                ("reviewed_at", models.DateTimeField(blank=True, null=True, verbose_name="reviewed")),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="who",
                    ),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="break_glass_uses",
                        to="messaging.conversation",
                    ),
                ),
                (
                    "facility",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="eligibility.facility"
                    ),
                ),
                (
                    "record",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="break_glass_uses",
                        to="accounts.veteranrecord",
                    ),
                ),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "break-glass use",
                "ordering": ("-opened_at", "-id"),
                "indexes": [models.Index(fields=["record", "-opened_at"], name="break_glass_of_record")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reviewed_at__isnull", True), ("reviewed_by__isnull", True), ("verdict", "")),
                            models.Q(
                                ("reviewed_at__isnull", False),
                                ("reviewed_by__isnull", False),
                                ("verdict__in", ["appropriate", "not_appropriate"]),
                            ),
                            _connector="OR",
                        ),
                        name="break_glass_reviewed_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("reviewed_by__isnull", True),
                            models.Q(("reviewed_by", models.F("account")), _negated=True),
                            _connector="OR",
                        ),
                        name="break_glass_reviewed_by_another",
                    ),
                ],
            },
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
