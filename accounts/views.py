"""Pages of signing in that are the portal's own, and allauth's where more must happen around them."""

from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.account.views import LogoutView, ReauthenticateView
from allauth.mfa.base.views import ReauthenticateView as CodeAgainView
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, ReauthenticateWebAuthnView, RemoveWebAuthnView
from allauth.usersessions.views import ListUserSessionsView
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode

from accounts import actions, ended, factors, history, sessions
from accounts.middleware import clear_site_data
from accounts.models import Account
from accounts.sessions import Factor
from smportal.actor import Actor, ActorKind
from smportal.audit.actions import Deed
from smportal.audit.recording import record


class SignOutView(LogoutView):  # type: ignore[misc]
    """Signs out; the browser is asked to forget what it keeps."""

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post(*args, **kwargs)
        return clear_site_data(response)


class _FactorView:
    """A change of second factors: audited, ends the other sessions, and counts as proof where it is one."""

    request: HttpRequest
    change = ""
    proves: Factor | None = None

    def form_valid(self, form: Any) -> HttpResponse:
        actor: Actor = self.request.actor  # type: ignore[attr-defined]
        account: Account = self.request.user  # type: ignore[assignment]
        with transaction.atomic():
            response: HttpResponse = super().form_valid(form)  # type: ignore[misc]
            actions.factor_changed(
                actor=actor,
                account_id=account.id,
                change=self.change,
                keep_session=self.request.session.session_key,
            )
        if self.proves is not None:
            sessions.prove_factor(self.request, self.proves)
        else:
            _weigh_again(self.request)
        return response


def _own(request: HttpRequest) -> Account:
    """Return who is signed in: the URL table lets nobody else in."""
    return cast("Account", request.user)


def _weigh_again(request: HttpRequest) -> None:
    """A removed factor no longer counts as proved, unless another one of its kind is left."""
    facts = sessions.read(request.session)
    if facts and facts.factor in {Factor.SSO, Factor.SSO_KEY}:
        return
    if facts and facts.factor and facts.factor not in factors.kinds_of(_own(request).id):
        sessions.prove_factor(request, Factor.NONE)


class AddAppView(_FactorView, ActivateTOTPView):  # type: ignore[misc]
    """Sets up an authenticator app."""

    change = "totp:added"
    proves = Factor.TOTP

    def form_valid(self, form: Any) -> HttpResponse:
        with transaction.atomic():
            response = super().form_valid(form)
            # The code that set it up may not sign in again.
            factors.mark_step(factors.app_of(_own(self.request).id), form.step)
        return response


class RemoveAppView(_FactorView, DeactivateTOTPView):  # type: ignore[misc]
    """Takes an authenticator app away."""

    change = "totp:removed"


class AddPasskeyView(_FactorView, AddWebAuthnView):  # type: ignore[misc]
    """Registers a passkey or security key."""

    change = "webauthn:added"
    proves = Factor.PASSKEY


class RemovePasskeyView(_FactorView, RemoveWebAuthnView):  # type: ignore[misc]
    """Takes a passkey away."""

    change = "webauthn:removed"


class NewRecoveryCodesView(_FactorView, GenerateRecoveryCodesView):  # type: ignore[misc]
    """Makes new recovery codes; the old ones stop working."""

    change = "recovery_codes:renewed"


class SessionsView(ListUserSessionsView):  # type: ignore[misc]
    """Where somebody is signed in, the sign-ins of late, and the button that ends all the other sessions."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        account = _own(self.request)
        history_rows = history.recent(account.id, zone=account.time_zone)
        return {**super().get_context_data(**kwargs), "history": history_rows}

    def form_valid(self, form: Any) -> HttpResponse:
        actor: Actor = self.request.actor
        with transaction.atomic():
            record(actor=actor, deed=Deed.SESSION_ENDED, reason="others_ended_by_owner")
            ended.forget_account(self.request.user.id)
            response: HttpResponse = super().form_valid(form)
        return response


class _NewKeyView:
    """Confirming who you are gives the session a new key (attack A050)."""

    request: HttpRequest

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)  # type: ignore[misc]
        if self.request.user.is_authenticated:
            sessions.rotate(self.request)
        return response


class PasswordAgainView(_NewKeyView, ReauthenticateView):  # type: ignore[misc]
    """Asks for the password again before something sensitive."""


class FactorAgainView(_NewKeyView, CodeAgainView):  # type: ignore[misc]
    """Asks for a code again before something sensitive."""


class PasskeyAgainView(_NewKeyView, ReauthenticateWebAuthnView):  # type: ignore[misc]
    """Asks for the passkey again before something sensitive."""


def second_factor_needed(request: HttpRequest) -> HttpResponse:
    """Why a second step is needed, and how to set one up."""
    actor = request.actor  # type: ignore[attr-defined]
    nowhere = actor.kind is ActorKind.STAFF and actor.staff_id is None and not actor.roles
    if actor.second_factor and not nowhere:
        return HttpResponseRedirect(reverse(settings.LOGIN_REDIRECT_URL))
    facts = sessions.read(request.session)
    passkey_only = settings.STAFF_PASSKEY_ONLY and actor.kind is ActorKind.STAFF
    has = factors.kinds_of(_own(request).id)
    context = {
        "passkey_only": passkey_only,
        "for_staff": actor.kind is ActorKind.STAFF,
        "used_recovery_code": facts is not None and facts.factor == Factor.RECOVERY_CODE,
        # Nothing is missing but a team or a role; sending them on would send them back.
        "nowhere": nowhere and actor.second_factor,
        "has_app": Factor.TOTP in has,
        "has_passkey": Factor.PASSKEY in has,
    }
    return render(request, "accounts/second_factor_needed.html", context)


def extend_session(request: HttpRequest) -> HttpResponse:
    """The person is still there: the idle time starts anew. Answers how many seconds are left."""
    facts = sessions.read(request.session)
    if facts is None:
        return HttpResponse(status=403)
    facts = sessions.touch(request.session, facts, at_once=True)
    return JsonResponse({"remaining_seconds": sessions.remaining_seconds(facts, request.actor)})  # type: ignore[attr-defined]


def session_ended(request: HttpRequest) -> HttpResponse:
    """Where the countdown in the page leads; the middleware has ended the session if its time is up."""
    onward = request.GET.get("next", "")
    onward = onward if get_adapter().is_safe_url(onward) else ""
    if request.user.is_authenticated:
        return HttpResponseRedirect(onward or reverse(settings.LOGIN_REDIRECT_URL))
    return HttpResponseRedirect(reverse("account_login") + (f"?{urlencode({'next': onward})}" if onward else ""))
