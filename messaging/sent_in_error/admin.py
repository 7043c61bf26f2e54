"""The privacy officers' list of withdrawn messages: who, when, where, why. It shows no message."""

from typing import Any, ClassVar, cast

from django.contrib import admin
from django.db.models import Case, IntegerField, QuerySet, When
from django.http import HttpRequest, HttpResponse

from eligibility.admin.base import ScopedAdmin, actor_of
from eligibility.models import Role
from messaging.models import SentInError
from messaging.sent_in_error import views
from messaging.sent_in_error.queries import reviewable

UNREVIEWED_FIRST = Case(When(reviewed_at__isnull=True, then=0), default=1, output_field=IntegerField())


@admin.register(SentInError)
class SentInErrorAdmin(ScopedAdmin):
    """Withdrawals at the facilities whose privacy officer somebody is."""

    view_roles = frozenset({Role.PRIVACY_OFFICER})
    scope_path = "facility"
    list_display = ("withdrawn_at", "by_name", "facility", "reason", "opened", "reviewed")
    # What nobody has judged stands first, whatever somebody clicks.
    ordering = (UNREVIEWED_FIRST, "-withdrawn_at", "-id")
    sortable_by: ClassVar[tuple[str, ...]] = ()
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return reviewable(actor_of(request)).select_related("facility").order_by(*self.get_ordering(request))

    @admin.display(description="Opened by the veteran")
    def opened(self, row: SentInError) -> str:
        """Tell whether the veteran may have read it."""
        return "Yes" if row.was_opened else "No"

    @admin.display(description="Review")
    def reviewed(self, row: SentInError) -> str:
        """Return the verdict, or that there is none."""
        return row.get_verdict_display() or "Not reviewed yet"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show one by the portal's own page: Django's would show columns, and write no audit row."""
        return cast("HttpResponse", views.review(request, object_id))
