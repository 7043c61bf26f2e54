"""The append-only audit trail; knows no domain model."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Events, recording, sealing, verification."""

    name = "smportal.audit"
    label = "audit"
