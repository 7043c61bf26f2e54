"""The page on which a privacy officer reads one deed of others, and judges it. Inside Django's admin."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from messaging.web import actor_of, attempt, is_prefetch
from smportal.errors import NotFound
from smportal.public import errors


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """What one kind of review shows: its form, the action that takes it, and what the page reads, which is on record."""

    form: type[Form]
    review: Callable[..., object]
    context: Callable[[HttpRequest, uuid.UUID], dict[str, Any]]
    template: str
    list_url: str

    def respond(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show one deed, or take its review. Raises NotFound."""
        if request.method == "HEAD":
            return errors.method_not_allowed(request)
        if is_prefetch(request):
            return HttpResponse(status=204)
        row_id, form, status = _uuid(object_id), self.form(), 200
        if request.method == "POST":
            form = self.form(request.POST)
            status = attempt(form, self.review, actor=actor_of(request), row_id=row_id)
            if status == 200:
                messages.success(request, "Your review is saved.")
                return HttpResponseRedirect(reverse(self.list_url))
        context = {
            **admin.site.each_context(request),
            "list_url": reverse(self.list_url),
            "form": form,
            **self.context(request, row_id),
        }
        return render(request, self.template, context, status=status)


def _uuid(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFound from None
