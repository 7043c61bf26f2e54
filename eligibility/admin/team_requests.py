"""Veterans' requests for care teams that they miss."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from eligibility.actions import answer_team_request, open_team_request
from eligibility.admin.base import ActionForm, ScopedAdmin, actor_of
from eligibility.admin.facts import Veterans
from eligibility.models import Answer, TeamRequest


class AnswerForm(ActionForm):
    """One answer, which closes the request and shows to the veteran in fixed words."""

    answer = forms.ChoiceField(
        choices=[("", "Choose one"), *Answer.choices],
        help_text="To add a team, first add an association. Then choose “The team was added”.",
    )

    class Meta:
        model = TeamRequest
        fields = ("answer",)

    def perform(self, data: dict[str, Any]) -> Model:
        return answer_team_request(actor=self.actor, request_id=self.instance.pk, answer=data["answer"])


@admin.register(TeamRequest)
class TeamRequestAdmin(Veterans, ScopedAdmin):
    """The list shows no text; a request's own page does, and opening it is on record."""

    scope_path = "facility"
    change_form = AnswerForm
    list_display = ("asked_at", "icn", "facility", "state", "answered_at")
    list_select_related = ("record", "facility")
    list_filter = (("answered_at", admin.EmptyFieldListFilter), "answer")
    search_fields = ("record__icn__exact", "facility__station_number")
    ordering = ("-asked_at",)
    fields = ("icn", "facility", "wanted", "asked_at", "state", "answered_by", "answered_at")
    readonly_fields = ("icn", "facility", "wanted", "asked_at", "state", "answered_by", "answered_at")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An answered request is only shown."""
        return super().has_change_permission(request, obj) and (obj is None or obj.answered_at is None)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,  # noqa: FBT002 - Django's signature
        change: bool = False,  # noqa: FBT002 - Django's signature
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        """Open the text, in the transaction that also puts it on record."""
        if obj is not None:
            obj.opened_text = open_team_request(actor=actor_of(request), request_id=obj.pk)
        return super().render_change_form(request, context, add, change, form_url, obj)

    @admin.display(description="The veteran wrote")
    def wanted(self, row: TeamRequest) -> str:
        """Return the text on the page of one request; a list never has it."""
        return str(getattr(row, "opened_text", ""))

    @admin.display(description="State")
    def state(self, row: TeamRequest) -> str:
        """Return whether the request waits, or how it was answered."""
        return row.get_answer_display() if row.answered_at else "Open"
