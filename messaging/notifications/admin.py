"""Administrators' list of emails: what became of them, why not, and trying again. It holds no address in full."""

from collections.abc import Iterator
from typing import Any, Final

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.formats import date_format
from django.utils.timezone import localtime

from accounts.models import AccountKind
from eligibility.admin.base import ScopedAdmin, actor_of
from messaging.models import Notification, NotificationState
from messaging.notifications.actions import deal_with, try_again
from messaging.notifications.troubles import given_up, refused, stuck, visible_notifications, why
from messaging.status.views import background


class TroubleFilter(admin.SimpleListFilter):
    """Which emails; without a choice those that somebody should look at."""

    title = "what became of it"
    parameter_name = "trouble"
    choices_named: Final = (
        ("", "Needs attention"),
        ("refused", "Refused"),
        ("stuck", "Waits too long"),
        ("expired", "Given up after two days"),
        ("all", "All emails"),
    )

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [choice for choice in self.choices_named if choice[0]]

    def choices(self, changelist: ChangeList) -> Iterator[dict[str, Any]]:  # type: ignore[override]
        """Offer the troubles instead of Django's “All” first."""
        for value, text in self.choices_named:
            yield {
                "selected": (self.value() or "") == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": text,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet[Notification]) -> QuerySet[Notification]:
        match self.value():
            case "refused":
                return queryset.filter(refused())
            case "stuck":
                return queryset.filter(stuck())
            case "expired":
                return queryset.filter(given_up())
            case "all":
                return queryset
        return queryset.filter(refused() | stuck() | given_up())


@admin.register(Notification)
class NotificationAdmin(ScopedAdmin):
    """What became of emails: which kind, to whom (masked), how often tried, why not."""

    # Scoped by `visible_notifications`; that there is a path lets administrators of a facility in.
    scope_path = "recipient__staff_member__facility"
    list_display = ("created_at", "kind", "state", "reason", "attempts", "next_try", "sent_to")
    list_filter = (TroubleFilter, "kind")
    ordering = ("-created_at",)
    fields = (
        "created_at",
        "kind",
        "state",
        "reason",
        "attempts",
        "next_try",
        "tried_again_at",
        "dealt_with",
        "sent_at",
        "sent_to",
        "to",
    )
    readonly_fields = fields
    actions = ("try_again", "deal_with")

    def get_urls(self) -> list[URLPattern]:
        """Add the page of all background work, of which emails are the largest part."""
        page = path("background/", self.admin_site.admin_view(background), name="messaging_notification_background")
        return [page, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return visible_notifications(actor_of(request)).order_by(*self.ordering)

    @admin.display(description="Why")
    def reason(self, row: Notification) -> str:
        """Return in words why it is where it is."""
        return why(row)

    @admin.display(description="Next try", ordering="next_attempt_at", empty_value="–")
    def next_try(self, row: Notification) -> Any:
        """Return when it is tried again, or of one that is held, when its daily email is due."""
        return row.next_attempt_at if row.state in {NotificationState.PENDING, NotificationState.HELD} else None

    @admin.display(description="Dealt with", empty_value="–")
    def dealt_with(self, row: Notification) -> Any:
        """Return when somebody took it off the list, and who."""
        return (
            f"{date_format(localtime(row.dealt_with_at), 'DATETIME_FORMAT')}, {row.dealt_with_by}"
            if row.dealt_with_at
            else None
        )

    @admin.display(description="To")
    def to(self, row: Notification) -> str:
        """Return the staff number or the ICN: who can be asked for another address, without the one that failed."""
        if row.recipient.kind == AccountKind.VETERAN:
            return f"ICN {row.recipient.record.icn}" if row.recipient.record else "A veteran without a record"
        staff = getattr(row.recipient, "staff_member", None)
        return f"Staff number {staff.staff_id}" if staff else f"User name {row.recipient.username}"

    @admin.action(description="Try again", permissions=["view"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Notification]) -> None:
        """Owe the selected emails anew; all or none."""
        actor = actor_of(request)
        self.for_each(
            request, queryset, lambda row: try_again(actor=actor, notification_id=row.id), "Will be tried again"
        )

    @admin.action(description="Mark as dealt with", permissions=["view"])
    def deal_with(self, request: HttpRequest, queryset: QuerySet[Notification]) -> None:
        """Take the selected emails off the list of what needs attention; all or none."""
        actor = actor_of(request)
        self.for_each(
            request, queryset, lambda row: deal_with(actor=actor, notification_id=row.id), "Marked as dealt with"
        )
