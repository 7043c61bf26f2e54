"""Administrators' list of alarms: which team, what it lacks, since when."""

from django.contrib import admin

from eligibility.admin.base import ScopedAdmin
from messaging.models import TeamAlarm


@admin.register(TeamAlarm)
class TeamAlarmAdmin(ScopedAdmin):
    """Alarms end by themselves once somebody is on duty and takes part, or nothing waits any more."""

    scope_path = "team__facility"
    list_display = ("team", "reason", "began_at", "ended_at")
    list_select_related = ("team",)
    list_filter = (("ended_at", admin.EmptyFieldListFilter), "reason")
    search_fields = ("team__code", "team__internal_name")
    ordering = ("-began_at",)
    fields = list_display
    actions = None
