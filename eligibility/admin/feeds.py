"""Feeds in the admin: what was loaded, what was set aside, trying again, and loading a file."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from eligibility.admin.base import actor_of
from eligibility.feeds.errors import FeedRefused
from eligibility.feeds.kinds import KINDS
from eligibility.feeds.loading import load_feed, may_load_feeds
from eligibility.feeds.retry import retry_rows
from eligibility.feeds.uploads import LARGEST_UPLOAD, MemoryOnlyUploadHandler
from eligibility.models import FeedLoad, QuarantinedRow
from smportal.errors import DomainError

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    # Generic for the type checker only.
    ModelAdmin = admin.ModelAdmin

MOST_SHOWN = 100
MOST_RETRIED = 1_000
TOO_LARGE = (
    f"This file is larger than {LARGEST_UPLOAD // (1024 * 1024)} MB. "
    "Ask the people who run the portal to load it with the import_feed command."
)


class UploadForm(forms.Form):
    """Which feed, and its file."""

    kind = forms.ChoiceField(label="Kind of feed", choices=[(kind.name, kind.title) for kind in KINDS.values()])
    file = forms.FileField(
        label="File",
        allow_empty_file=True,
        help_text=f"A CSV file of up to {LARGEST_UPLOAD // (1024 * 1024)} MB, with a header row.",
        error_messages={"required": "Choose a file."},
    )


class ReadOnlyAdmin(ModelAdmin):
    """Only national administrators see it, and nobody edits it."""

    list_per_page = 50
    show_full_result_count = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_load_feeds(actor_of(request))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_load_feeds(actor_of(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(FeedLoad)
class FeedLoadAdmin(ReadOnlyAdmin):
    """The loads, newest first, and the page that loads a file."""

    list_display = ("kind", "started_at", "finished_at", "created", "changed", "unchanged", "quarantined")
    list_filter = ("kind",)
    date_hierarchy = "started_at"
    ordering = ("-started_at",)

    def get_urls(self) -> list[URLPattern]:
        """Add the upload and its result."""
        site = self.admin_site
        return [
            path("upload/", site.admin_view(self.upload), name="eligibility_feedload_upload"),
            path("<uuid:load_id>/result/", site.admin_view(self.result), name="eligibility_feedload_result"),
            *super().get_urls(),
        ]

    # The handler must be in place before the body is read, which the CSRF check does.
    @method_decorator(csrf_exempt)
    def upload(self, request: HttpRequest) -> HttpResponse:
        """Choose how to receive the file, then go on under the CSRF check."""
        if not may_load_feeds(actor_of(request)):
            raise Http404
        handler = MemoryOnlyUploadHandler(request)
        request.upload_handlers = [handler]
        return self._upload(request, handler)

    @method_decorator(csrf_protect)
    def _upload(self, request: HttpRequest, handler: MemoryOnlyUploadHandler) -> HttpResponse:
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST":
            if handler.too_large:
                form.errors["file"] = form.error_class([TOO_LARGE])
            elif form.is_valid() and (load := self._load(request, form)):
                return HttpResponseRedirect(reverse("admin:eligibility_feedload_result", args=[load.pk]))
        return self._page(request, "admin/eligibility/feed_upload.html", title="Load a feed", form=form)

    def _load(self, request: HttpRequest, form: UploadForm) -> FeedLoad | None:
        data = form.cleaned_data
        try:
            return load_feed(actor=actor_of(request), kind=data["kind"], stream=data["file"].file, wait=False)
        except FeedRefused as refused:
            form.add_error("file", f"Nothing was loaded: {refused}.")
        except DomainError as error:
            form.add_error(None, error.text)
        return None

    def result(self, request: HttpRequest, load_id: UUID) -> HttpResponse:
        """Show what one load did."""
        load = FeedLoad.objects.filter(pk=load_id).first()
        if load is None or not may_load_feeds(actor_of(request)):
            raise Http404
        rows = load.quarantine.order_by("line")[:MOST_SHOWN]
        return self._page(
            request,
            "admin/eligibility/feed_result.html",
            title="What this feed changed",
            load=load,
            kind=KINDS[load.kind].title,
            rows=rows,
            most_shown=MOST_SHOWN,
        )

    def _page(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        context |= {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, template, context)


@admin.register(QuarantinedRow)
class QuarantinedRowAdmin(ReadOnlyAdmin):
    """Rows that wait: where they stood and why; what they say stays sealed."""

    list_display = ("kind", "line", "reason", "loaded_at", "resolved_at")
    list_filter = ("load__kind", ("resolved_at", admin.EmptyFieldListFilter))
    list_select_related = ("load",)
    ordering = ("-load__started_at", "line")
    fields = ("kind", "line", "reason", "loaded_at", "resolved_at")
    readonly_fields = fields
    actions = ("try_again",)

    @admin.display(description="Feed", ordering="load__kind")
    def kind(self, row: QuarantinedRow) -> str:
        """Return the kind of feed in words."""
        return KINDS[row.load.kind].title

    @admin.display(description="Loaded", ordering="load__started_at")
    def loaded_at(self, row: QuarantinedRow) -> Any:
        """Return when the file was loaded."""
        return row.load.started_at

    @admin.action(description="Try again", permissions=["view"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[QuarantinedRow]) -> None:
        """Load the chosen rows again, as many as one request may take."""
        try:
            done = retry_rows(
                actor=actor_of(request), row_ids=list(queryset.values_list("pk", flat=True)[:MOST_RETRIED])
            )
        except DomainError as error:
            self.message_user(request, error.text, messages.ERROR)
            return
        text = f"{done.loaded} loaded, {done.waiting} still waiting."
        if done.lost:
            text += f" {done.lost} could not be read at all: correct the file and load it again."
        self.message_user(request, text, messages.SUCCESS if not (done.waiting or done.lost) else messages.WARNING)
