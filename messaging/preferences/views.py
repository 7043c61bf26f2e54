"""The settings page: several small forms on one page, so that an error in one loses nothing of the others."""

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.models import Account, AccountKind
from messaging.notifications.addresses import address_of
from messaging.notifications.digests import zones_of
from messaging.preferences import queries
from messaging.preferences.forms import SECTIONS, Section
from messaging.web import actor_of, domain_errors, show_error
from smportal.errors import InvalidInput, NotFound


@domain_errors
def settings_page(request: HttpRequest) -> HttpResponse:
    """Show the settings, or save one section of them."""
    if request.method != "POST":
        return _page(request)
    chosen = SECTIONS.get(request.POST.get("section", ""))
    is_veteran = _own(request).kind == AccountKind.VETERAN
    if chosen is None or (chosen.staff_only if is_veteran else chosen.veterans_only):
        raise NotFound
    form = chosen(request.POST, account=_own(request))
    if form.is_valid():
        try:
            form.perform(actor_of(request))
        except InvalidInput as error:
            return _page(request, form, status=show_error(form, error))
        messages.success(request, str(form.saved))
        return redirect("account_settings")
    return _page(request, form, status=400)


def _own(request: HttpRequest) -> Account:
    return cast("Account", request.user)


def _page(request: HttpRequest, wrong: Section | None = None, *, status: int = 200) -> HttpResponse:
    account, actor = _own(request), actor_of(request)
    zone = zones_of([account])[account.id]
    sections = {
        name: wrong if wrong is not None and wrong.section == name else form(account=account)
        for name, form in SECTIONS.items()
    }
    kinds = [[row.event, row.when] for row in queries.kind_rows(actor, account)]
    context: dict[str, Any] = {
        "sections": sections,
        # The page's title says "Error:" when its form has one.
        "form": wrong,
        "address": address_of(account),
        "is_veteran": account.kind == AccountKind.VETERAN,
        "last": queries.last_email(account, zone),
        "columns": [_("What happened"), _("Email")],
        "kinds": kinds,
    }
    return render(request, "messaging/preferences/settings.html", context, status=status)
