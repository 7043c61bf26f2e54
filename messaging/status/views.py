"""The page of the background work, within the admin."""

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from eligibility.admin.base import actor_of
from eligibility.models import Role
from messaging.status.queries import status


@require_safe
def background(request: HttpRequest) -> HttpResponse:
    """Show what runs, what is late and what is stuck, in the administrator's scope."""
    actor = actor_of(request)
    if not actor.has_role(Role.ADMINISTRATOR):
        raise Http404
    context = {
        **admin.site.each_context(request),
        "title": "Background work",
        "status": status(actor),
    }
    return TemplateResponse(request, "admin/messaging/background.html", context)
