"""The clinics where notes can be filed, kept by each facility's administrators."""

from typing import Any

from django.contrib import admin
from django.db.models import Model

from eligibility.admin.base import ActionForm, ScopedAdmin
from eligibility.admin.fields import FacilityField
from messaging.health_record.clinics import add_clinic, edit_clinic
from messaging.models import Clinic


class NewClinicForm(ActionForm):
    """A clinic as the health record knows it."""

    facility = FacilityField(label="Station number")

    class Meta:
        model = Clinic
        fields = ("facility", "code", "name")
        help_texts = {"code": "The clinic’s number or code in the health record. It can’t be changed later."}

    def perform(self, data: dict[str, Any]) -> Model:
        return add_clinic(actor=self.actor, **data)


class ClinicForm(ActionForm):
    """What can change of a clinic. One that is not active can’t be chosen any more."""

    class Meta:
        model = Clinic
        fields = ("name", "is_active")

    def perform(self, data: dict[str, Any]) -> Model:
        return edit_clinic(actor=self.actor, clinic_id=self.instance.pk, **data)


@admin.register(Clinic)
class ClinicAdmin(ScopedAdmin):
    """Where notes for the health record can be filed."""

    scope_path = "facility"
    add_form, change_form = NewClinicForm, ClinicForm
    list_display = ("name", "code", "facility", "is_active")
    list_select_related = ("facility",)
    list_filter = ("is_active",)
    search_fields = ("name", "code", "facility__station_number")
    readonly_fields = ("facility", "code")
