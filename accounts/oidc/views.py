"""The door to another service, the way back, and the page about verifying one's identity."""

import logging
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from accounts import sessions, sign_in
from accounts.models import Account
from accounts.oidc import actions, entering, flow, providers, texts
from accounts.oidc.claims import Identity
from accounts.oidc.problems import SignInProblem
from accounts.oidc.providers import Provider
from smportal.actor import Actor, ActorKind
from smportal.tiers import Tier

logger = logging.getLogger(__name__)


def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Send somebody to the service. Of the form only the purpose and where to go afterwards are read."""
    provider = _provider(slug)
    purpose = _purpose(request, provider)
    onward = request.POST.get("next", "")
    onward = onward if get_adapter().is_safe_url(onward) else ""
    try:
        url = flow.depart(request.session, provider, purpose=purpose, onward=onward, account=_account_id(request))
    except SignInProblem as problem:
        return _problem_page(request, provider, problem)
    # A page that leads on, not a redirect: browsers hold the target of a form's redirect against
    # form-action, which stays 'self'.
    return render(request, "accounts/oidc_leaving.html", {"url": url, "service": provider.name})


def callback(request: HttpRequest, slug: str) -> HttpResponse:
    """Come back from the service: signed in, or on a page that says why not."""
    provider = _provider(slug)
    answer = {name: values[0] for name, values in request.GET.lists() if len(values) == 1}
    try:
        pending = flow.come_back(request.session, provider, answer, account=_account_id(request))
        identity = flow.identity(provider, pending, answer.get("code", ""))
        account = _account(request, pending, identity)
    except SignInProblem as problem:
        return _problem_page(request, provider, problem)
    entering.enter(request, account, identity)
    onward = pending.onward or reverse(settings.LOGIN_REDIRECT_URL)
    if provider.is_for_staff or identity.is_verified:
        return HttpResponseRedirect(onward)
    return HttpResponseRedirect(reverse("oidc_verify"))


def verify(request: HttpRequest) -> HttpResponse:
    """How the identity can be verified: at the service used now, or by linking one to this account."""
    facts = sessions.read(request.session)
    actor = _actor(request)
    own = providers.of_kind(facts.kind) if facts else None
    others = [found for slug in providers.SERVICES if (found := providers.find(slug)) and not found.is_for_staff]
    is_verified = actor.tier >= Tier.VERIFIED
    context = {
        "is_verified": is_verified,
        "own": None if is_verified else own,
        "others": [] if own else others,
    }
    return render(request, "accounts/oidc_verify.html", context)


def _provider(slug: str) -> Provider:
    provider = providers.find(slug)
    if provider is None:
        raise Http404
    return provider


def _purpose(request: HttpRequest, provider: Provider) -> flow.Purpose:
    """Linking is for a veteran who is signed in; any other word is an ordinary sign-in."""
    match request.POST.get("purpose"):
        case "link" if _actor(request).kind is ActorKind.VETERAN and not provider.is_for_staff:
            return "link"
        case "verify" if not provider.is_for_staff:
            return "verify"
        case _:
            return "sign_in"


def _account(request: HttpRequest, pending: flow.Pending, identity: Identity) -> Account:
    act = actions.link if pending.purpose == "link" else actions.sign_in
    return act(actor=_actor(request), identity=identity)


def _problem_page(request: HttpRequest, provider: Provider, problem: SignInProblem) -> HttpResponse:
    logger.warning(
        "sign-in through a service did not work",
        extra={"event": "oidc_problem", "kind": provider.slug, "reason": f"{problem.reason}:{problem.detail}"},
    )
    # Anybody can call the way back with a state of their own; only what began here goes into the trail.
    if problem.detail != "state_unknown":
        actions.note_failure(actor=_actor(request), slug=provider.slug, problem=problem)
    words = texts.WORDS[problem.reason]
    context = {
        "title": str(words.title).format(service=provider.name),
        "lead": str(words.lead).format(service=provider.name),
        "steps": [str(step).format(service=provider.name) for step in words.steps],
        "phone": texts.VA_INFORMATION_PHONE if words.calls else "",
        "choices": _choices(provider) if words.other_ways else [],
    }
    return render(request, "accounts/oidc_problem.html", context, status=words.status)


def _choices(provider: Provider) -> list[sign_in.Choice]:
    return [sign_in.staff_choice(), sign_in.local_choice()] if provider.is_for_staff else sign_in.choices()


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def _account_id(request: HttpRequest) -> str:
    found: Any = _actor(request).account_id
    return str(found) if found else ""
