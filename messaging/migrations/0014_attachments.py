"""Files of messages. A bound one is as immutable as its message, but for what the scan finds."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import smportal.crypto.fields

# What a scan may change: the state; a file that is refused also loses its bytes and its key.
GUARD = """
CREATE FUNCTION guard_attachment() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF OLD.message_id IS NULL AND TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'files of sent messages are never removed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.id, NEW.record_id, NEW.side, NEW.uploaded_by_id, NEW.draft_id, NEW.name_sealed, NEW.created_at)
        IS DISTINCT FROM
        (OLD.id, OLD.record_id, OLD.side, OLD.uploaded_by_id, OLD.draft_id, OLD.name_sealed, OLD.created_at)
        OR (NEW.secret_sealed IS DISTINCT FROM OLD.secret_sealed AND NEW.secret_sealed IS NOT NULL)
        OR (OLD.message_id IS NOT NULL AND (NEW.message_id, NEW.conversation_id, NEW.size, NEW.kind)
            IS DISTINCT FROM (OLD.message_id, OLD.conversation_id, OLD.size, OLD.kind))
        OR (OLD.state = 'refused' AND NEW.state <> 'refused')
    THEN
        RAISE EXCEPTION 'files of sent messages are never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER messaging_attachment_guard BEFORE UPDATE OR DELETE ON messaging_attachment
    FOR EACH ROW EXECUTE FUNCTION guard_attachment();
CREATE TRIGGER messaging_attachment_refuse_truncate BEFORE TRUNCATE ON messaging_attachment
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""
UNGUARD = """
DROP TRIGGER messaging_attachment_guard ON messaging_attachment;
DROP TRIGGER messaging_attachment_refuse_truncate ON messaging_attachment;
DROP FUNCTION guard_attachment();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_endedsession"),
        ("messaging", "0013_was_handed_over"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="has_attachment",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="message",
            name="attachment_count",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("side", models.CharField(choices=[("veteran", "Veteran"), ("staff", "Care team")], max_length=10)),
                ("draft_id", models.UUIDField()),
                ("name_sealed", smportal.crypto.fields.SealedTextField()),
                ("secret_sealed", smportal.crypto.fields.SealedTextField(null=True)),
                ("kind", models.CharField(blank=True, max_length=10)),
                ("size", models.PositiveBigIntegerField(default=0)),
                ("thumbnail_size", models.PositiveIntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("checking", "Checking"),
                            ("held", "Held"),
                            ("ready", "Ready"),
                            ("refused", "Refused"),
                        ],
                        default="checking",
                        max_length=10,
                    ),
                ),
                ("refusal", models.CharField(blank=True, max_length=20)),
                ("created_at", models.DateTimeField()),
                ("next_scan_at", models.DateTimeField()),
                ("scan_attempts", models.PositiveIntegerField(default=0)),
                ("scanned_at", models.DateTimeField(null=True)),
                (
                    "conversation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to="messaging.conversation",
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to="messaging.message",
                    ),
                ),
                (
                    "record",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.veteranrecord"
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ("created_at", "id"),
                "indexes": [
                    models.Index(fields=["message", "created_at", "id"], name="attachment_of_message"),
                    models.Index(fields=["draft_id"], name="attachment_of_draft"),
                    models.Index(
                        condition=models.Q(("message__isnull", True)),
                        fields=["conversation", "side"],
                        name="attachment_of_answer",
                    ),
                    models.Index(
                        condition=models.Q(("message__isnull", True)), fields=["uploaded_by"], name="attachment_unsent"
                    ),
                    models.Index(fields=["record", "-created_at"], name="attachment_of_record"),
                    models.Index(
                        condition=models.Q(("state__in", ("checking", "held"))),
                        fields=["next_scan_at"],
                        name="attachment_to_scan",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["checking", "held", "ready", "refused"])),
                        name="attachment_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("secret_sealed__isnull", True),
                                ("state", "refused"),
                                models.Q(("refusal", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("state", "refused"), _negated=True),
                                ("refusal", ""),
                                ("secret_sealed__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="attachment_refused_has_no_bytes",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("message__isnull", True), ("conversation__isnull", False), _connector="OR"),
                        name="attachment_bound_to_conversation",
                    ),
                ],
            },
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
