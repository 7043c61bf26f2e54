"""The clinics where notes can be filed, kept by each facility's administrators."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from eligibility.admin.base import ActionForm, ScopedAdmin, actor_of
from eligibility.admin.fields import FacilityField
from messaging.health_record.actions import administer_again
from messaging.health_record.clinics import add_clinic, edit_clinic
from messaging.health_record.reasons import why
from messaging.models import Clinic, NoteState, RecordNote


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


class StateFilter(admin.SimpleListFilter):
    """Waiting or failed: the list has no others."""

    title = parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state.value, str(state.label)) for state in (NoteState.WAITING, NoteState.FAILED)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[RecordNote]) -> QuerySet[RecordNote]:
        return queryset.filter(state=self.value()) if self.value() else queryset


@admin.register(RecordNote)
class RecordNoteAdmin(ScopedAdmin):
    """Notes that are not filed: where, since when and why. Title and text are the team's alone."""

    scope_path = "conversation__team__facility"
    list_display = ("written_at", "team", "clinic", "state", "reason", "attempts", "next_try")
    list_filter = (StateFilter,)
    list_select_related = ("conversation__team", "clinic")
    ordering = ("written_at",)
    fields = (*list_display, "by")
    readonly_fields = fields
    actions = ("try_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).filter(state__in=(NoteState.WAITING, NoteState.FAILED))

    @admin.display(description="Care team", ordering="conversation__team__internal_name")
    def team(self, row: RecordNote) -> str:
        """Return whose note it is."""
        return str(row.conversation.team)

    @admin.display(description="Why")
    def reason(self, row: RecordNote) -> str:
        """Return in words what the health record said."""
        return why(row.last_error)

    @admin.display(description="Next try", ordering="next_attempt_at", empty_value="–")
    def next_try(self, row: RecordNote) -> Any:
        """Return when it is tried again; nobody does that by itself for one that failed."""
        return row.next_attempt_at if row.state == NoteState.WAITING else None

    @admin.display(description="Sent by")
    def by(self, row: RecordNote) -> str:
        """Return who can be asked."""
        return row.author_name

    @admin.action(description="Try again", permissions=["view"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[RecordNote]) -> None:
        """Owe the selected notes anew; all or none."""
        actor = actor_of(request)
        self.for_each(
            request, queryset, lambda row: administer_again(actor=actor, note_id=row.id), "Will be tried again"
        )
