"""Celery: tasks take ids and call one action; the schedule is in the settings."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smportal.settings.production")

app = Celery("smportal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    [
        "accounts",
        "smportal.audit",
        "messaging.mailbox.discarding",
        "messaging.attachments",
        "messaging.broadcasts",
        "messaging.health_record",
        "messaging.notifications",
        "messaging.records",
        "messaging.reminding",
        "messaging.response",
        "messaging.search",
    ]
)
