"""Administrators' pages of messaging: closures, the health library and the outbox. Conversations and messages have none."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from eligibility.admin.base import ActionForm, ScopedAdmin, actor_of
from eligibility.admin.fields import FacilityField
from messaging.alarms.admin import TeamAlarmAdmin
from messaging.breakglass.admin import BreakGlassUseAdmin
from messaging.health_record.admin import ClinicAdmin, RecordNoteAdmin
from messaging.library.admin import LibraryLinkAdmin, LibraryTopicAdmin
from messaging.models import Closure
from messaging.notifications.admin import NotificationAdmin
from messaging.response.closures import add_closure, remove_closure
from messaging.sent_in_error.admin import SentInErrorAdmin
from messaging.teams.admin import TeamSettingsAdmin

# Imported for their registration.
__all__ = [
    "BreakGlassUseAdmin",
    "ClinicAdmin",
    "ClosureAdmin",
    "LibraryLinkAdmin",
    "LibraryTopicAdmin",
    "NotificationAdmin",
    "RecordNoteAdmin",
    "SentInErrorAdmin",
    "TeamAlarmAdmin",
    "TeamSettingsAdmin",
]


class ClosureForm(ActionForm):
    """Days on which a facility is closed; open clocks are computed again."""

    facility = FacilityField(label="Station number", required=False, help_text="Empty: every facility.")
    first_date = forms.DateField()
    last_date = forms.DateField(help_text="The day counts.")

    class Meta:
        model = Closure
        fields = ("facility", "with_children", "first_date", "last_date", "reason")

    def perform(self, data: dict[str, Any]) -> Model:
        return add_closure(actor=self.actor, **data)


@admin.register(Closure)
class ClosureAdmin(ScopedAdmin):
    """Closures beside weekends and federal holidays."""

    scope_path = "facility"
    shows_unscoped = True
    add_form = ClosureForm
    list_display = ("first_date", "last_date", "facility", "with_children", "reason")
    list_select_related = ("facility",)
    search_fields = ("facility__station_number", "facility__name")
    actions = ("remove",)

    @admin.action(description="Remove, and compute open clocks again", permissions=["view"])
    def remove(self, request: HttpRequest, queryset: QuerySet[Closure]) -> None:
        """Remove the selected closures."""
        self.for_each(
            request, queryset, lambda row: remove_closure(actor=actor_of(request), closure_id=row.id), "Removed"
        )
