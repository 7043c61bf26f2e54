"""The switch between the portal's languages, on every page: a form, so that it works without scripts."""

from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation

from accounts import language as languages
from accounts.adapters import is_inner_path
from smportal.access import rule_for
from smportal.actor import ActorKind
from smportal.public import errors


class Switch(NamedTuple):
    """The other language, named as its readers name it, and the page to come back to."""

    code: str
    name: str
    onward: str


def switch(request: HttpRequest) -> Switch | None:
    """Return the switch for this page; None for staff, whose pages are in English only."""
    actor = getattr(request, "actor", None)
    if actor is None or actor.kind is ActorKind.STAFF:
        return None
    now = translation.get_language()
    code, name = next((code, name) for code, name in settings.LANGUAGES if code != now)
    return Switch(code, name, _onward(request))


def _onward(request: HttpRequest) -> str:
    """Return this page's address; the start for the answer to a form that has no page of its own."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    rule = rule_for(request.resolver_match.view_name) if request.resolver_match else None
    return request.path if rule and "GET" in rule.methods else reverse("landing")


def choose(request: HttpRequest) -> HttpResponse:
    """Keep the choice in the account (who has signed in) and in this browser, and go back to the page."""
    language = request.POST.get("language", "")
    if not languages.is_known(language):
        return errors.bad_request(request)
    actor = request.actor  # type: ignore[attr-defined]
    if actor.account_id is not None:
        languages.choose(actor=actor, language=language)
    onward = request.POST.get("next", "")
    response = HttpResponseRedirect(onward if is_inner_path(onward) else reverse("landing"))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        path=settings.LANGUAGE_COOKIE_PATH,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
    return response
