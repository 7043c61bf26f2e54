"""Where national administrators keep the library. Everything goes through its actions; nothing is deleted."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from eligibility.admin.base import ActionForm, ScopedAdmin, actor_of
from messaging.library import actions
from messaging.library.addresses import MOST, publishers
from messaging.models import LibraryLink, LibraryTopic
from smportal import clock

# After this long somebody should open the page again.
REVIEW_AFTER = dt.timedelta(days=365)


class NationalAdmin(ScopedAdmin):
    """A page for national administrators only: the library is one for all facilities."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and self.has_view_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self.has_view_permission(request)


class NewTopicForm(ActionForm):
    """A topic of the health library."""

    class Meta:
        model = LibraryTopic
        fields: tuple[str, ...] = ("name_en", "name_es", "position")
        labels = {"name_en": "English name", "name_es": "Spanish name"}
        help_texts = {"position": "Topics are sorted by this number, then by name."}

    def perform(self, data: dict[str, Any]) -> Model:
        return actions.add_topic(actor=self.actor, **data)


class TopicForm(ActionForm):
    """What can be changed of a topic."""

    class Meta(NewTopicForm.Meta):
        fields = ("name_en", "name_es", "position", "is_active")
        help_texts = {**NewTopicForm.Meta.help_texts, "is_active": "Without it the topic and its links are not shown."}

    def perform(self, data: dict[str, Any]) -> Model:
        return actions.change_topic(actor=self.actor, topic_id=self.instance.pk, **data)


@admin.register(LibraryTopic)
class LibraryTopicAdmin(NationalAdmin):
    """Topics of the health library."""

    add_form, change_form = NewTopicForm, TopicForm
    list_display = ("name_en", "name_es", "position", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name_en", "name_es")
    readonly_fields = ("changed_at", "changed_by")
    actions = None


class NewLinkForm(ActionForm):
    """A page of a trusted publisher."""

    # Text, not a browser's address field: the library's own words say what is wrong.
    address = forms.CharField(
        max_length=4 * MOST,
        help_text=f"https only, of a trusted publisher: {', '.join(publishers())}. Copy it from the address bar.",
        widget=forms.TextInput(attrs={"class": "vLargeTextField"}),
    )
    summary = forms.CharField(
        max_length=4 * actions.SUMMARY_MOST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=f"One or two plain sentences in the page’s language, at most {actions.SUMMARY_MOST} characters.",
    )

    class Meta:
        model = LibraryLink
        fields: tuple[str, ...] = ("topic", "language", "title", "summary", "address", "reviewed_on")
        widgets = {"title": forms.TextInput(attrs={"class": "vLargeTextField"})}
        help_texts = {"reviewed_on": "When somebody last opened the page and found it right. Leave empty if not yet."}

    def perform(self, data: dict[str, Any]) -> Model:
        return actions.add_link(actor=self.actor, **data)


class LinkForm(NewLinkForm):
    """What can be changed of a link; messages that carry it keep what was sent."""

    class Meta(NewLinkForm.Meta):
        fields = (*NewLinkForm.Meta.fields, "is_active")
        help_texts = {**NewLinkForm.Meta.help_texts, "is_active": "Without it nobody can find or send the link."}

    def perform(self, data: dict[str, Any]) -> Model:
        return actions.change_link(actor=self.actor, link_id=self.instance.pk, **data)


class ReviewFilter(admin.SimpleListFilter):
    """Links that somebody should open again."""

    title = "review"
    parameter_name = "review"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("due", "Never, or more than a year ago")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[LibraryLink]) -> QuerySet[LibraryLink]:
        if self.value() != "due":
            return queryset
        return queryset.filter(
            Q(reviewed_on__isnull=True) | Q(reviewed_on__lt=clock.now().date() - REVIEW_AFTER), is_active=True
        )


@admin.register(LibraryLink)
class LibraryLinkAdmin(NationalAdmin):
    """Links of the health library."""

    add_form, change_form = NewLinkForm, LinkForm
    list_display = ("title", "topic", "language", "is_active", "reviewed_on")
    list_select_related = ("topic",)
    list_filter = ("is_active", ReviewFilter, "language", "topic")
    search_fields = ("title", "summary", "address")
    readonly_fields = ("publisher", "reviewed_by", "changed_at", "changed_by")
    actions = ("review", "retire", "bring_back")

    @admin.action(description="I opened them today: they are right", permissions=["change"])
    def review(self, request: HttpRequest, queryset: QuerySet[LibraryLink]) -> None:
        """Note the review of the selected links."""
        self.for_each(
            request,
            queryset,
            lambda row: actions.mark_reviewed(actor=actor_of(request), link_ids=[row.id]),
            "Reviewed",
        )

    @admin.action(description="Retire: nobody can find or send them", permissions=["change"])
    def retire(self, request: HttpRequest, queryset: QuerySet[LibraryLink]) -> None:
        """Retire the selected links."""
        self._set_active(request, queryset, "Retired", active=False)

    @admin.action(description="Bring back", permissions=["change"])
    def bring_back(self, request: HttpRequest, queryset: QuerySet[LibraryLink]) -> None:
        """Show the selected links again."""
        self._set_active(request, queryset, "Brought back", active=True)

    def _set_active(self, request: HttpRequest, rows: QuerySet[LibraryLink], done: str, *, active: bool) -> None:
        self.for_each(
            request,
            rows,
            lambda row: actions.set_active(actor=actor_of(request), link_ids=[row.id], active=active),
            done,
        )
