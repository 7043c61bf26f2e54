"""The list of break-glass uses: who, when, where, which conversation. Reasons are on a use's own page."""

from typing import Any, ClassVar, cast

from django.contrib import admin
from django.db.models import Case, IntegerField, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from eligibility.admin.base import ScopedAdmin, actor_of
from eligibility.models import Role
from messaging.breakglass import views
from messaging.breakglass.queries import may_break_glass, visible_uses
from messaging.models import BreakGlassUse

UNREVIEWED_FIRST = Case(When(reviewed_at__isnull=True, then=0), default=1, output_field=IntegerField())


@admin.register(BreakGlassUse)
class BreakGlassUseAdmin(ScopedAdmin):
    """Privacy officers see the uses at their facilities, administrators their own."""

    view_roles = frozenset({Role.ADMINISTRATOR, Role.PRIVACY_OFFICER})
    scope_path = "facility"
    change_list_template = "admin/messaging/break_glass_list.html"
    list_display = ("opened_at", "account_name", "facility", "about", "reviewed")
    # What nobody has judged stands first, whatever somebody clicks.
    ordering = (UNREVIEWED_FIRST, "-opened_at", "-id")
    sortable_by: ClassVar[tuple[str, ...]] = ()
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return visible_uses(actor_of(request)).select_related("facility").order_by(*self.get_ordering(request))

    @admin.display(description="Conversation id")
    def about(self, row: BreakGlassUse) -> str:
        """Return the conversation's id: nothing that says what it is about."""
        return str(row.conversation_id)

    @admin.display(description="Review")
    def reviewed(self, row: BreakGlassUse) -> str:
        """Return the verdict, or that there is none."""
        return row.get_verdict_display() or "Not reviewed yet"

    def get_urls(self) -> list[URLPattern]:
        """Add asking and the conversation."""
        site = self.admin_site
        return [
            path("open/", site.admin_view(views.open_form), name="messaging_breakglassuse_open"),
            path(
                "<uuid:use_id>/conversation/",
                site.admin_view(views.conversation),
                name="messaging_breakglassuse_conversation",
            ),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        may_open = may_break_glass(actor_of(request))
        return super().changelist_view(request, {**(extra_context or {}), "may_break_glass": may_open})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show one use by the portal's own page: Django's would show columns, and write no audit row."""
        return cast("HttpResponse", views.use(request, object_id))
