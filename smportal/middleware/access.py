"""Enforces the URL table (smportal.access) before a view runs."""

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from smportal.access import Audience, Rule, rule_for
from smportal.actor import Actor, ActorKind
from smportal.tiers import Tier

logger = logging.getLogger(__name__)


class AccessMiddleware:
    """Lets a request through to its view only when its rule admits the actor and the method."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        from smportal.public import errors

        match = request.resolver_match
        rule = rule_for(match.view_name) if match else None
        if rule is None:
            logger.error(
                "unclassified URL", extra={"event": "unclassified_url", "view": match.view_name if match else ""}
            )
            return errors.not_found(request)
        actor: Actor = request.actor  # type: ignore[attr-defined]
        if rule.audience is not Audience.PUBLIC and actor.kind is ActorKind.ANONYMOUS:
            return _sign_in(request)
        if request.method not in rule.methods:
            return errors.method_not_allowed(request)
        return _refusal(request, rule, actor)


def _sign_in(request: HttpRequest) -> HttpResponse:
    query = "?" + urlencode({"next": request.get_full_path()}) if request.method in {"GET", "HEAD"} else ""
    return HttpResponseRedirect(reverse("account_login") + query)


def _refusal(request: HttpRequest, rule: Rule, actor: Actor) -> HttpResponse | None:
    """Return the page that says no, or None to go on.

    Somebody of another kind gets 404, as if the page did not exist; somebody who lacks a step is
    sent to that step.
    """
    from smportal.public import errors

    match rule.audience:
        case Audience.PUBLIC | Audience.ACCOUNT:
            return None
        case Audience.VETERAN:
            return None if actor.kind is ActorKind.VETERAN else errors.not_found(request)
        case Audience.READER:
            if actor.kind is not ActorKind.VETERAN:
                return errors.not_found(request)
            readable = actor.tier >= Tier.VERIFIED and actor.record_id is not None
            return None if readable else HttpResponseRedirect(reverse("eligibility"))
        case Audience.STAFF:
            allowed = actor.kind is ActorKind.STAFF and actor.staff_id is not None
        case Audience.WORKER:
            allowed = actor.kind is ActorKind.STAFF and (actor.staff_id is not None or bool(actor.roles))
        case Audience.ADMINISTRATOR:
            allowed = actor.kind is ActorKind.STAFF and bool(actor.roles)
    if not allowed:
        return errors.not_found(request)
    return None if actor.second_factor else HttpResponseRedirect(reverse("second_factor_needed"))
