"""Recording an in-person authentication."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model

from eligibility.actions import record_proofing
from eligibility.admin.base import ActionForm, ScopedAdmin
from eligibility.admin.facts import Veterans
from eligibility.admin.fields import AccountField, FacilityField, VeteranField
from eligibility.models import DocumentType, Proofing


class ProofingForm(ActionForm):
    """Who was here, with which documents. There is no field for a document's number."""

    account = AccountField(label="User name", help_text="As the veteran in front of you says it.")
    record = VeteranField(
        label="Veteran’s ICN",
        help_text="Compare name and date of birth on the documents with this record before you save.",
    )
    facility = FacilityField(label="Station number", help_text="Where you saw the documents.")
    seen_on = forms.DateField(label="Seen on", required=False, help_text="Empty: today, at the facility.")
    document_types = forms.MultipleChoiceField(
        label="Documents",
        choices=DocumentType.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="2 or more, at least one with a photo. Don’t write down or copy any number.",
    )

    class Meta:
        model = Proofing
        fields = ("account", "record", "facility", "seen_on", "document_types")

    def perform(self, data: dict[str, Any]) -> Model:
        return record_proofing(
            actor=self.actor,
            account_id=data["account"].id,
            record_id=data["record"].id,
            facility_id=data["facility"].id,
            document_types=data["document_types"],
            seen_on=data["seen_on"],
        )


@admin.register(Proofing)
class ProofingAdmin(Veterans, ScopedAdmin):
    """Whose documents were seen where, when and by whom; nothing is changed afterwards."""

    scope_path = "facility"
    add_form = ProofingForm
    list_display = ("icn", "facility", "seen_on", "recorded_by", "recorded_at")
    list_select_related = ("record", "facility", "recorded_by")
    search_fields = ("record__icn__exact", "facility__station_number")
    fields = ("icn", "account", "facility", "seen_on", "documents", "recorded_by", "recorded_at")
    readonly_fields = ("icn", "documents")

    @admin.display(description="Documents")
    def documents(self, row: Proofing) -> str:
        """Return the types in words."""
        return ", ".join(str(DocumentType(kind).label) for kind in row.document_types)
