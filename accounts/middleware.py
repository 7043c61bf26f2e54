"""Session limits (domain rules, section 2)."""

import logging
from collections.abc import Callable
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth import logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts import ended, sessions
from accounts.sessions import Ended
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record

logger = logging.getLogger(__name__)

# What a browser that honours it forgets when somebody signs out. Not "cookies": the same answer may set one.
CLEAR_SITE_DATA = '"cache", "storage"'
ENDED_PATH = "/session/ended"

TEXTS = {
    Ended.IDLE: _(
        "To protect your information, we signed you out because nothing happened for {minutes} minutes. "
        "Sign in again to go on. What you were writing is kept as a draft."
    ),
    Ended.ABSOLUTE: _("To protect your information, we sign everyone out after 12 hours. Sign in again to go on."),
    Ended.BROWSER: _(
        "To protect your information, we signed you out because your browser changed. Sign in again to go on."
    ),
    Ended.UNKNOWN: _("Please sign in again to go on."),
}


class SessionLimitsMiddleware:
    """Ends sessions at their idle and absolute limits, on the server; stands after the actor's middleware.

    The request then goes on as somebody's who has not signed in: public pages show, the rest asks to
    sign in (smportal.middleware.access), and a form with a draft's ticket can still be kept.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        actor: Actor = request.actor  # type: ignore[attr-defined]
        if actor.account_id is None:
            return self.get_response(request)
        facts = sessions.read(request.session)
        browser = sessions.browser_of(request)
        why = sessions.over(facts, actor, browser=browser, early=request.path == ENDED_PATH)
        if why is not None or facts is None:
            _end(request, actor, why or Ended.UNKNOWN)
            response = self.get_response(request)
            response.headers["Clear-Site-Data"] = CLEAR_SITE_DATA
            return response
        if not is_polling(request):
            facts = sessions.touch(request.session, facts)
        request.session_facts = facts  # type: ignore[attr-defined]
        return self.get_response(request)


def is_polling(request: HttpRequest) -> bool:
    """Tell whether a page asks by itself, without anybody there; that never keeps a session alive."""
    return bool(request.headers.get("X-Portal-Polling")) or request.path == ENDED_PATH


def _end(request: HttpRequest, actor: Actor, why: Ended) -> None:
    with transaction.atomic():
        record(actor=actor, deed=Deed.SESSION_ENDED, reason=why.value)
        if actor.account_id and why in {Ended.IDLE, Ended.ABSOLUTE}:
            ended.remember(actor.account_id, request.session.session_key or "", why.value)
        sessions.forget(request)
        logout(request)
    if why is Ended.BROWSER:
        # A copied cookie looks like this (attack A054); the trail has the address.
        logger.warning("session moved to another browser", extra={"event": "session_browser_changed"})
    request.actor = Actor.anonymous(address=actor.address, request_id=actor.request_id)  # type: ignore[attr-defined]
    if request.method in {"GET", "HEAD"}:
        minutes = sessions.idle_seconds(actor) // 60
        messages.info(request, str(TEXTS[why]).format(minutes=minutes))


def clear_site_data(response: HttpResponse) -> HttpResponse:
    """Ask the browser to forget the pages that it keeps, once somebody has signed out (attack A053)."""
    if response.status_code in {HTTPStatus.FOUND, HTTPStatus.OK}:
        response.headers["Clear-Site-Data"] = CLEAR_SITE_DATA
    return response
