"""Enrollment, registration, participation, associations and blocks."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from eligibility.actions import associations, blocks, participation
from eligibility.admin.base import ActionForm, ScopedAdmin, actor_of
from eligibility.admin.fields import CareTeamField, FacilityField, VeteranField
from eligibility.models import Association, Block, Enrollment, Participation, Registration

_EMPTY_IS_TODAY = "Empty: today, at the facility."
_EMPTY_IS_OPEN = "Empty: open. The day counts."


class Veterans:
    """Lists name a veteran by ICN: the name is on the veteran's own page."""

    @admin.display(description="Veteran", ordering="record__icn")
    def icn(self, row: Any) -> str:
        """Return the ICN."""
        return str(row.record.icn)


@admin.register(Enrollment)
class EnrollmentAdmin(Veterans, ScopedAdmin):
    """Enrollment comes by feed only; US-wide, so national administrators see it all."""

    scope_path = "record__registrations__facility"
    list_display = ("icn", "status", "priority_group", "effective_date", "end_date")
    list_select_related = ("record",)
    list_filter = ("status",)
    search_fields = ("record__icn__exact",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Enrollment]:
        return super().get_queryset(request).distinct()


@admin.register(Registration)
class RegistrationAdmin(Veterans, ScopedAdmin):
    """Registration comes by feed only."""

    scope_path = "facility"
    list_display = ("icn", "facility", "registered_on", "ended_on")
    list_select_related = ("record", "facility")
    search_fields = ("record__icn__exact", "facility__station_number")


class ParticipationForm(ActionForm):
    """Somebody agrees to take part, or stops."""

    team = CareTeamField(label="Care team code")
    staff_id = forms.CharField(label="Staff number", max_length=40)
    role = forms.CharField(max_length=100, initial="provider")
    opted_in = forms.BooleanField(label="Takes part", required=False, initial=True)
    effective_from = forms.DateField(required=False, help_text=_EMPTY_IS_TODAY)
    effective_until = forms.DateField(required=False, help_text=_EMPTY_IS_OPEN)

    class Meta:
        model = Participation
        fields = ("team", "staff_id", "role", "opted_in", "effective_from", "effective_until")

    def perform(self, data: dict[str, Any]) -> Model:
        return participation.set_participation(actor=self.actor, team_id=data.pop("team").id, **data)


@admin.register(Participation)
class ParticipationAdmin(ScopedAdmin):
    """Who takes part with which team."""

    scope_path = "team__facility"
    add_form = ParticipationForm
    list_display = ("staff_id", "team", "role", "opted_in", "effective_from", "effective_until")
    list_select_related = ("team",)
    list_filter = ("opted_in",)
    search_fields = ("staff_id", "team__code")


class AssociationForm(ActionForm):
    """A veteran may write to a team although no feed says so."""

    record = VeteranField(label="Veteran’s ICN")
    team = CareTeamField(label="Care team code")
    effective_from = forms.DateField(required=False, help_text=_EMPTY_IS_TODAY)
    effective_until = forms.DateField(required=False, help_text=_EMPTY_IS_OPEN)

    class Meta:
        model = Association
        fields = ("record", "team", "effective_from", "effective_until")

    def perform(self, data: dict[str, Any]) -> Model:
        return associations.associate(
            actor=self.actor, record_id=data.pop("record").id, team_id=data.pop("team").id, **data
        )


@admin.register(Association)
class AssociationAdmin(Veterans, ScopedAdmin):
    """Which veteran may write to which team."""

    scope_path = "team__facility"
    add_form = AssociationForm
    list_display = ("icn", "team", "relation", "effective_from", "effective_until")
    list_select_related = ("record", "team")
    list_filter = ("relation",)
    search_fields = ("record__icn__exact", "team__code")
    actions = ("end",)

    @admin.action(description="End now", permissions=["view"])
    def end(self, request: HttpRequest, queryset: QuerySet[Association]) -> None:
        """End the selected associations; yesterday was their last day."""
        self.for_each(
            request,
            queryset,
            lambda row: associations.end_association(actor=actor_of(request), association_id=row.id),
            "Ended",
        )


class BlockForm(ActionForm):
    """A veteran may not write to a team, or to a facility with the stations below it."""

    record = VeteranField(label="Veteran’s ICN")
    facility = FacilityField(label="Station number", required=False, help_text="Either a facility or a care team.")
    team = CareTeamField(label="Care team code", required=False)
    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), help_text="Encrypted. Never shown in lists.")
    effective_from = forms.DateField(required=False, help_text=_EMPTY_IS_TODAY)
    effective_until = forms.DateField(required=False, help_text=_EMPTY_IS_OPEN)

    class Meta:
        model = Block
        fields = ("record", "facility", "team", "effective_from", "effective_until")

    field_order = ("record", "facility", "team", "reason", "effective_from", "effective_until")

    def perform(self, data: dict[str, Any]) -> Model:
        facility, team = data.pop("facility"), data.pop("team")
        return blocks.set_block(
            actor=self.actor,
            record_id=data.pop("record").id,
            facility_id=facility.id if facility else None,
            team_id=team.id if team else None,
            **data,
        )


@admin.register(Block)
class BlockAdmin(Veterans, ScopedAdmin):
    """Blocks in force and past."""

    scope_path = "facility"
    add_form = BlockForm
    list_display = ("icn", "facility", "team", "effective_from", "effective_until")
    list_select_related = ("record", "facility", "team")
    search_fields = ("record__icn__exact",)
    fields = ("icn", "facility", "team", "reason", "effective_from", "effective_until", "created_at")
    readonly_fields = ("icn", "reason")
    actions = ("end",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Block]:
        # A block of a team belongs to the team's facility.
        rows = Block.objects.select_related("record", "facility", "team")
        own = super().get_queryset(request)
        teams = CareTeamScope(Block, self.admin_site).get_queryset(request)
        return rows.filter(Q(pk__in=own.values("pk")) | Q(pk__in=teams.values("pk")))

    @admin.display(description="Reason")
    def reason(self, row: Block) -> str:
        """Return the reason, for the page of one block only."""
        return row.unseal_text("reason_sealed")

    @admin.action(description="End now", permissions=["view"])
    def end(self, request: HttpRequest, queryset: QuerySet[Block]) -> None:
        """End the selected blocks; yesterday was their last day."""
        self.for_each(
            request, queryset, lambda row: blocks.end_block(actor=actor_of(request), block_id=row.id), "Ended"
        )


class CareTeamScope(ScopedAdmin):
    """The scope of rows by their team's facility; registered for no page."""

    scope_path = "team__facility"
