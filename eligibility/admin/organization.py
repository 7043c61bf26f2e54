"""Facilities, care teams, staff and memberships."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from eligibility.actions import facilities, members, staff_accounts, teams
from eligibility.admin.base import ActionForm, ScopedAdmin, actor_of
from eligibility.admin.fields import CareTeamField, FacilityField, StaffField
from eligibility.models import CareTeam, CareType, Facility, StaffMember, TeamMembership


class FacilityForm(ActionForm):
    """Facilities come by feed; a correction by hand stays until the feed says otherwise."""

    class Meta:
        model = Facility
        fields = ("name", "state", "time_zone", "phone")

    def perform(self, data: dict[str, Any]) -> Model:
        return facilities.edit_facility(actor=self.actor, facility_id=self.instance.pk, **data)


@admin.register(Facility)
class FacilityAdmin(ScopedAdmin):
    """Look up and correct facilities."""

    scope_path = "id"
    change_form = FacilityForm
    list_display = ("station_number", "name", "state", "parent", "time_zone", "phone")
    list_select_related = ("parent",)
    search_fields = ("station_number", "name")
    list_filter = ("state",)
    readonly_fields = ("station_number", "parent")


class NewTeamForm(ActionForm):
    """A new care team."""

    facility = FacilityField(label="Station number")
    care_type = forms.ChoiceField(choices=CareType.choices)

    class Meta:
        model = CareTeam
        fields = ("facility", "code", "internal_name", "public_name", "care_type", "phone", "needs_legal_signature")
        help_texts = {"public_name": "What veterans see: plain words, such as “Dr. Lee’s primary care team”."}

    def perform(self, data: dict[str, Any]) -> Model:
        return teams.create_team(actor=self.actor, facility_id=data.pop("facility").id, **data)


class TeamForm(ActionForm):
    """A care team's settings."""

    class Meta:
        model = CareTeam
        fields = teams.EDITABLE

    def perform(self, data: dict[str, Any]) -> Model:
        return teams.edit_team(actor=self.actor, team_id=self.instance.pk, **data)


@admin.register(CareTeam)
class CareTeamAdmin(ScopedAdmin):
    """Care teams; members are on their own page."""

    scope_path = "facility"
    add_form, change_form = NewTeamForm, TeamForm
    list_display = ("code", "internal_name", "public_name", "facility", "care_type", "is_active")
    list_select_related = ("facility",)
    list_filter = ("is_active", "care_type")
    search_fields = ("code", "internal_name", "public_name", "facility__station_number")
    readonly_fields = ("code", "facility")


@admin.register(StaffMember)
class StaffMemberAdmin(ScopedAdmin):
    """Staff come by feed; leaving can be entered here and takes effect at once."""

    scope_path = "facility"
    list_display = ("staff_id", "name", "title", "facility", "account", "is_active")
    list_select_related = ("facility", "account")
    list_filter = ("is_active", ("account", admin.EmptyFieldListFilter))
    search_fields = ("staff_id", "name")
    actions = ("open_accounts", "deactivate")

    @admin.action(
        description="Open a sign-in account (they set the password by “forgot password”)", permissions=["view"]
    )
    def open_accounts(self, request: HttpRequest, queryset: QuerySet[StaffMember]) -> None:
        """Open accounts for the selected people who have none; the user name is the staff number."""
        self.for_each(
            request,
            queryset.filter(account__isnull=True),
            lambda staff: staff_accounts.give_account(actor=actor_of(request), staff_id=staff.id),
            "Accounts opened",
        )

    @admin.action(description="Deactivate: end memberships, participation and sign-in", permissions=["view"])
    def deactivate(self, request: HttpRequest, queryset: QuerySet[StaffMember]) -> None:
        """End everything that the selected people could do."""
        self.for_each(
            request,
            queryset,
            lambda staff: members.deactivate_staff(
                actor=actor_of(request), staff_id=staff.id, reason="deactivated by an administrator"
            ),
            "Deactivated",
        )


class NewMembershipForm(ActionForm):
    """Somebody joins a team."""

    team = CareTeamField(label="Care team code")
    staff = StaffField(label="Staff number")

    class Meta:
        model = TeamMembership
        fields = ("team", "staff", "is_lead")

    def perform(self, data: dict[str, Any]) -> Model:
        return members.add_member(
            actor=self.actor, team_id=data["team"].id, staff_id=data["staff"].id, is_lead=data["is_lead"]
        )


class MembershipForm(ActionForm):
    """Triage lead or not."""

    class Meta:
        model = TeamMembership
        fields = ("is_lead",)

    def perform(self, data: dict[str, Any]) -> Model:
        row: TeamMembership = self.instance
        members.set_lead(actor=self.actor, team_id=row.team_id, staff_id=row.staff_id, is_lead=data["is_lead"])
        row.refresh_from_db()
        return row


@admin.register(TeamMembership)
class TeamMembershipAdmin(ScopedAdmin):
    """Who is in which team."""

    scope_path = "team__facility"
    add_form, change_form = NewMembershipForm, MembershipForm
    list_display = ("staff", "team", "is_lead", "started_at", "ended_at")
    list_select_related = ("staff", "team")
    list_filter = (("ended_at", admin.EmptyFieldListFilter), "is_lead")
    search_fields = ("staff__staff_id", "staff__name", "team__code")
    readonly_fields = ("team", "staff", "started_at", "ended_at")
    actions = ("remove",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_over = obj is not None and obj.ended_at is not None
        return super().has_change_permission(request, obj) and not is_over

    @admin.action(description="Remove from the team", permissions=["view"])
    def remove(self, request: HttpRequest, queryset: QuerySet[TeamMembership]) -> None:
        """End the selected memberships, and participation with them."""
        self.for_each(
            request,
            queryset.filter(ended_at__isnull=True),
            lambda row: members.remove_member(actor=actor_of(request), team_id=row.team_id, staff_id=row.staff_id),
            "Removed",
        )
