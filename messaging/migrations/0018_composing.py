"""Composing: guided fields and signatures, sealed with the draft and with the message."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import smportal.crypto.fields


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0017_archives"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="draft",
            name="guided_sealed",
            field=smportal.crypto.fields.SealedTextField(null=True),
        ),
        migrations.AddField(
            model_name="draft",
            name="legal_certified",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="draft",
            name="legal_name_sealed",
            field=smportal.crypto.fields.SealedTextField(null=True),
        ),
        migrations.AddField(
            model_name="draft",
            name="with_signature",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="message",
            name="guided_sealed",
            field=smportal.crypto.fields.SealedTextField(null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="legal_sealed",
            field=smportal.crypto.fields.SealedTextField(null=True),
        ),
        migrations.AddField(
            model_name="message",
            name="signature_sealed",
            field=smportal.crypto.fields.SealedTextField(null=True),
        ),
        migrations.CreateModel(
            name="PersonalSignature",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("text_sealed", smportal.crypto.fields.SealedTextField()),
                ("updated_at", models.DateTimeField()),
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="personal_signature",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("account",),
            },
        ),
    ]
