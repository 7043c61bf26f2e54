"""The audit trail, to read."""

import uuid

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from eligibility.admin.base import ScopedAdmin
from eligibility.models import Role
from smportal.audit.actions import Deed
from smportal.audit.models import AuditEvent, AuditSeal


class _Trail(ScopedAdmin):
    """National administrators and auditors read; nobody writes: the database would refuse it too."""

    view_roles = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})
    actions = None
    ordering = ("-pk",)


@admin.register(AuditEvent)
class AuditEventAdmin(_Trail):
    """Who did what, to whom, when, from where: ids and codes only."""

    list_display = (
        "id",
        "occurred_at",
        "deed_text",
        "actor_kind",
        "actor_account_id",
        "subject_id",
        "object_kind",
        "reason",
    )
    list_filter = ("actor_kind",)
    search_fields = (
        "object_id__exact",
        "subject_id__exact",
        "actor_account_id__exact",
        "deed__exact",
        "request_id__exact",
    )
    search_help_text = "An id (of a veteran record, an account, a conversation, a request) or a deed, such as denied."
    date_hierarchy = None

    @admin.display(description="Deed", ordering="deed")
    def deed_text(self, row: AuditEvent) -> str:
        """Return the deed in words."""
        return str(Deed(row.deed).label) if row.deed in Deed.values else row.deed

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEvent], search_term: str
    ) -> tuple[QuerySet[AuditEvent], bool]:
        # A UUID column cannot be compared with other text: ask each column only what fits it.
        term = search_term.strip()
        if not term:
            return queryset, False
        rows = queryset.filter(object_id=term) | queryset.filter(deed=term) | queryset.filter(request_id=term)
        if _is_uuid(term):
            rows |= queryset.filter(subject_id=term) | queryset.filter(actor_account_id=term)
        return rows, False


@admin.register(AuditSeal)
class AuditSealAdmin(_Trail):
    """The chain: `bin/manage verify_audit` checks it."""

    list_display = ("seq", "first_id", "last_id", "count", "key_id", "sealed_at")
    fields = ("seq", "first_id", "last_id", "count", "format", "key_id", "sealed_at")


def _is_uuid(text: str) -> bool:

    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
