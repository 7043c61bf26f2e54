"""Veteran records, accounts and roles."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from accounts import actions as account_actions
from accounts.models import Account, AccountKind, CredentialKind, VeteranRecord
from eligibility.actions import roles
from eligibility.admin.base import ActionForm, ScopedAdmin, actor_of
from eligibility.admin.fields import AccountField, FacilityField
from eligibility.admin.identity import AccountLinkForm
from eligibility.models import Role, RoleGrant
from eligibility.permissions import may_administer


@admin.register(VeteranRecord)
class VeteranRecordAdmin(ScopedAdmin):
    """The master index, by ICN. Names are on a record's own page only."""

    scope_path = "registrations__facility"
    list_display = ("icn", "deceased", "identity_theft", "merged_into")
    list_filter = ("deceased", "identity_theft")
    list_select_related = ("merged_into",)
    search_fields = ("icn__exact",)
    ordering = ("icn",)
    fields = (
        "icn",
        "first_name",
        "middle_name",
        "last_name",
        "birth_date",
        "deceased",
        "identity_theft",
        "merged_into",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[VeteranRecord]:
        return super().get_queryset(request).distinct()


@admin.register(Account)
class AccountAdmin(ScopedAdmin):
    """Accounts: disable, enable, link to a record. No field for a password: nobody sets another person's."""

    scope_path = "staff_member__facility"
    change_form = AccountLinkForm
    list_display = ("username", "kind", "is_active", "created_at")
    list_filter = ("kind", "is_active")
    search_fields = ("username",)
    ordering = ("username",)
    fields = ("username", "kind", "is_active", "level", "icn", "created_at", "last_login", "time_zone", "language")
    readonly_fields = fields
    actions = ("disable", "enable")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only a national administrator puts the link of a veteran's account right."""
        of_veteran = obj is None or obj.kind == AccountKind.VETERAN
        return of_veteran and may_administer(actor_of(request), None)

    @admin.display(description="My HealtheVet level")
    def level(self, row: Account) -> str:
        """Return the level of the account's own credential."""
        own = row.credentials.filter(kind=CredentialKind.MHV, unlinked_at__isnull=True).first()
        return own.get_level_display() if own else ""

    @admin.display(description="Linked to ICN")
    def icn(self, row: Account) -> str:
        """Return the ICN of the linked record; names are on the record's page."""
        return row.record.icn if row.record else ""

    @admin.action(description="Disable: end all sessions at once", permissions=["view"])
    def disable(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        """Close the selected accounts."""
        self._switch(request, queryset, account_actions.disable_account, "Disabled")

    @admin.action(description="Enable", permissions=["view"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Account]) -> None:
        """Open the selected accounts again."""
        self._switch(request, queryset, account_actions.enable_account, "Enabled")

    def _switch(self, request: HttpRequest, queryset: QuerySet[Account], act: Any, done: str) -> None:
        actor = actor_of(request)
        # Nobody shuts oneself out, or back in.
        others = queryset if actor.account_id is None else queryset.exclude(pk=actor.account_id)
        reason = "by an administrator"
        self.for_each(request, others, lambda row: act(actor=actor, account=row, reason=reason), done)


class RoleGrantForm(ActionForm):
    """A role for a staff account."""

    account = AccountField(label="User name")
    role = forms.ChoiceField(choices=Role.choices)
    facility = FacilityField(label="Station number", required=False, help_text="Empty: everywhere.")

    class Meta:
        model = RoleGrant
        fields = ("account", "role", "facility")

    def perform(self, data: dict[str, Any]) -> Model:
        facility = data["facility"]
        return roles.grant_role(
            actor=self.actor,
            account_id=data["account"].id,
            role=data["role"],
            facility_id=facility.id if facility else None,
        )


@admin.register(RoleGrant)
class RoleGrantAdmin(ScopedAdmin):
    """Who administers, audits or guards privacy where."""

    scope_path = "facility"
    add_form = RoleGrantForm
    list_display = ("account", "role", "facility", "granted_at", "revoked_at")
    list_select_related = ("account", "facility")
    list_filter = ("role", ("revoked_at", admin.EmptyFieldListFilter))
    search_fields = ("account__username",)
    actions = ("revoke",)

    @admin.action(description="Revoke", permissions=["view"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[RoleGrant]) -> None:
        """Take the selected roles away, and end the sessions of who held them."""
        self.for_each(
            request, queryset, lambda row: roles.revoke_role(actor=actor_of(request), grant_id=row.id), "Revoked"
        )
