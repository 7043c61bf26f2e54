"""The health library, and its cards in messages: sealed with the message."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import smportal.crypto.fields


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0023_archive_files"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="message",
            name="cards_sealed",
            field=smportal.crypto.fields.SealedTextField(null=True),
        ),
        migrations.CreateModel(
            name="LibraryTopic",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name_en", models.CharField(max_length=80)),
                ("name_es", models.CharField(max_length=80)),
                ("position", models.PositiveSmallIntegerField(default=100)),
                ("is_active", models.BooleanField(default=True)),
                ("changed_at", models.DateTimeField()),
                (
                    "changed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("position", "name_en", "id"),
            },
        ),
        migrations.CreateModel(
            name="LibraryLink",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("language", models.CharField(choices=[("en", "English"), ("es", "Spanish")], max_length=2)),
                ("title", models.CharField(max_length=150)),
                ("summary", models.CharField(max_length=400)),
                ("address", models.CharField(max_length=500)),
                ("publisher", models.CharField(editable=False, max_length=150)),
                ("is_active", models.BooleanField(default=True)),
                ("reviewed_on", models.DateField(blank=True, null=True)),
                ("changed_at", models.DateTimeField()),
                (
                    "changed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "topic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="links", to="messaging.librarytopic"
                    ),
                ),
            ],
            options={
                "ordering": ("title", "id"),
            },
        ),
        migrations.AddConstraint(
            model_name="librarytopic",
            constraint=models.UniqueConstraint(fields=("name_en",), name="library_topic_english_once"),
        ),
        migrations.AddConstraint(
            model_name="librarytopic",
            constraint=models.UniqueConstraint(fields=("name_es",), name="library_topic_spanish_once"),
        ),
        migrations.AddIndex(
            model_name="librarylink",
            index=models.Index(fields=["topic", "language", "title"], name="library_shelf"),
        ),
        migrations.AddConstraint(
            model_name="librarylink",
            constraint=models.UniqueConstraint(fields=("address",), name="library_address_once"),
        ),
        migrations.AddConstraint(
            model_name="librarylink",
            constraint=models.CheckConstraint(
                condition=models.Q(("address__startswith", "https://")), name="library_address_is_https"
            ),
        ),
    ]
