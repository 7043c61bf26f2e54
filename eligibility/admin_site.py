"""Django admin behind the portal's own sign-in and roles."""

from collections.abc import Iterable
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from eligibility.models import Role
from smportal.actor import ActorKind

OWN_APPS = frozenset({"accounts", "eligibility", "messaging", "audit"})


class PortalAdminSite(AdminSite):
    """The administrators' side: roles and a second factor open it, never a password form of its own (A063)."""

    site_header = site_title = "Secure Messaging administration"
    index_title = "Administration"
    site_url = "/home/"
    # Every URL has a name and a rule; what has none answers the portal's own 404.
    final_catch_all_view = False

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Register the portal's own pages only: those of libraries would show seeds, sessions and addresses."""
        models = model_or_iterable if isinstance(model_or_iterable, Iterable) else [model_or_iterable]
        own = [model for model in models if model._meta.app_label in OWN_APPS]  # noqa: SLF001 - documented
        super().register(own, admin_class, **options)

    def get_urls(self) -> list[Any]:
        """Leave out Django's lookup of any row of any model by number: nothing here links to it."""
        return [entry for entry in super().get_urls() if getattr(entry, "name", "") != "view_on_site"]

    def has_permission(self, request: HttpRequest) -> bool:
        """Tell whether the actor holds a role and proved a second factor in this session."""
        actor = request.actor  # type: ignore[attr-defined]
        return actor.kind is ActorKind.STAFF and bool(actor.roles) and actor.second_factor

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Add whether the actor may see reports, for the link at the top."""
        return {**super().each_context(request), "may_report": request.actor.has_role(Role.ADMINISTRATOR)}  # type: ignore[attr-defined]

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send to the portal's own sign-in."""
        onward = request.GET.get("next") or reverse("admin:index")
        return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': onward})}")

    def logout(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Send to the portal's own sign-out, which asks before it does."""
        return HttpResponseRedirect(reverse("account_logout"))
