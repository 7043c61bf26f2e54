"""allauth's hooks, each calling the action that a page would call."""

import logging
import re
from smtplib import SMTPException
from types import SimpleNamespace
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django_guid import get_guid

from accounts import actions, attempts, language, passwords, seeds, sessions
from accounts.address import client_address
from accounts.models import Account, AccountKind
from accounts.sessions import Factor
from smportal import clock
from smportal.actor import Actor, ActorKind
from smportal.audit.actions import Deed
from smportal.audit.recording import record

logger = logging.getLogger(__name__)

# Attempts with a wrong password: at one name from one address, at one name from anywhere, from one address.
WINDOW_SECONDS = 300
LIMITS = {"pair": 5, "name": 30, "address": 60}
# Proved factors from strong to weak: what a session counts as having used.
STRENGTH = (Factor.PASSKEY, Factor.TOTP, Factor.RECOVERY_CODE)
LINKS = ("signup_url", "password_reset_url", "activate_url")
THIS_SITE = SimpleNamespace(name=settings.MFA_TOTP_ISSUER, domain=settings.SITE_URL)
INNER_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f-\x9f]*")


def is_inner_path(url: str | None) -> bool:
    """Tell whether an address is a path of this site, however it is dressed up (attack A060)."""
    return bool(url and INNER_PATH.fullmatch(url)) and url_has_allowed_host_and_scheme(url, allowed_hosts=None)


def actor_of(request: HttpRequest, account: Account | None = None) -> Actor:
    """Return who acts while the request's own actor is not somebody yet, or not any more."""
    address, request_id = client_address(request), get_guid() or ""
    if account is None:
        return Actor.anonymous(address=address, request_id=request_id)
    kind = ActorKind.STAFF if account.kind == AccountKind.STAFF else ActorKind.VETERAN
    actor = Actor(kind=kind, account_id=account.id, record_id=account.record_id)
    return actor.with_request(address=address, request_id=request_id)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-in and registration."""

    # --- Who may try, and how often -------------------------------------------------------
    def get_client_ip(self, request: HttpRequest) -> str:
        # Without a readable address all such requests share one limit.
        return client_address(request) or "::"

    def _windows(self, request: HttpRequest, username: str) -> dict[str, str]:
        name, address = username.strip().lower(), self.get_client_ip(request)
        return {
            "pair": f"password:{name}:{address}",
            "name": f"password:{name}",
            "address": f"password-from:{address}",
        }

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        # In the database and before hashing: holds with Redis away, and a flood costs no hashing (A072).
        for limit, window in self._windows(request, credentials.get("username", "")).items():
            if not attempts.consume(window, most=LIMITS[limit], seconds=WINDOW_SECONDS):
                raise self.validation_error("too_many_login_attempts")

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Account | None:
        credentials["password"] = actions.normal_password(credentials.get("password") or "")[: passwords.MOST + 1]
        account: Account | None = super().authenticate(request, **credentials)
        if account is None:
            return None
        if attempts.is_off(account.id, attempts.PASSWORD):
            # The same answer as for a wrong password; a reset turns it on again.
            self.authentication_failed(request, **credentials)
            return None
        for window in self._windows(request, credentials.get("username", "")).values():
            attempts.give_back(window)
        attempts.succeeded(account.id, attempts.PASSWORD)
        return account

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        # What was typed is not kept: it may be a password in the wrong field.
        account = Account.objects.filter(username__iexact=credentials.get("username", "").strip()).first()
        turned_off = attempts.failed(account.id, attempts.PASSWORD) if account else False
        record(
            actor=actor_of(request),
            deed=Deed.SIGN_IN_FAILED,
            object_kind="account",
            object_id=account.id if account else None,
            reason="password",
            details={"turned_off": turned_off},
        )

    # --- Signing in and out ------------------------------------------------------------------
    def pre_login(self, request: HttpRequest, user: Account, **kwargs: Any) -> HttpResponse | None:
        # A new key before the second factor, too (attack A050).
        sessions.rotate(request)
        response: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return response

    def login(self, request: HttpRequest, user: Account) -> None:
        kind, level = sessions.credential_now(user)
        self.begin(request, user, kind=kind, level=level, factor=_proved(request, user))

    def begin(self, request: HttpRequest, user: Account, *, kind: str, level: str, factor: str) -> None:
        """Begin a session by a credential of this kind at this level; its key is new."""
        with transaction.atomic():
            if request.user.is_authenticated:
                # Django keeps the key when the same person signs in again, and what was linked just now has
                # ended that session.
                request.session.cycle_key()
            super().login(request, user)
            browser = sessions.browser_of(request)
            sessions.begin(request.session, kind=kind, level=level, factor=factor, browser=browser)
            user.credentials.filter(kind=kind, unlinked_at__isnull=True).update(last_used_at=clock.now())
            language.adopt(actor=actor_of(request, user), account=user, chosen=language.of_browser(request))
            details = {"credential": kind, "level": level, "factor": factor or "none"}
            record(actor=actor_of(request, user), deed=Deed.SIGNED_IN, subject_id=user.record_id, details=details)

    def logout(self, request: HttpRequest) -> None:
        with transaction.atomic():
            record(actor=request.actor, deed=Deed.SIGNED_OUT)  # type: ignore[attr-defined]
            sessions.forget(request)
            super().logout(request)

    def is_safe_url(self, url: str | None) -> bool:
        return is_inner_path(url)

    # --- Registration and passwords ------------------------------------------------------------
    def save_user(self, request: HttpRequest, user: Account, form: Any, commit: bool = True) -> Account:  # noqa: FBT002 - allauth's signature
        data = form.cleaned_data
        return actions.create_account(
            actor=actor_of(request),
            username=data["username"],
            email=data["email"],
            password=data["password1"],
            language=translation.get_language() or "",
        )

    def clean_password(self, password: str, user: Account | None = None) -> str:
        cleaned: str = super().clean_password(actions.normal_password(password), user)
        return cleaned

    def set_password(self, user: Account, password: str) -> None:
        request = context.request
        own = request.user.is_authenticated and request.user.pk == user.pk
        actions.change_password(
            actor=actor_of(request, user),
            account=user,
            password=password,
            keep_session=request.session.session_key if own else None,
        )

    # --- Mail -----------------------------------------------------------------------------------
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send one fixed text with a link on the configured site, whatever Host the request named (A061).

        A mail server that does not answer changes nothing on the page: whether there is such an
        account must not show, and the person can ask for the mail again.
        """
        for link in LINKS:
            if path := context.get(link):
                context[link] = settings.SITE_URL + re.sub(r"^https?://[^/]+", "", path)
        try:
            with translation.override(_language_for(context.get("user"))):
                super().send_mail(template_prefix, email, context | {"current_site": THIS_SITE})
        except (SMTPException, OSError) as error:
            logger.error("mail not sent", extra={"event": "mail_failed", "error": type(error).__name__})  # noqa: TRY400

    def send_notification_mail(
        self, template_prefix: str, user: Account, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        # Without address and browser: a notice says that something changed, not where somebody was.
        email = email or EmailAddress.objects.get_primary_email(user)
        if email:
            self.send_mail(template_prefix, email, {**(context or {}), "user": user})


def _language_for(account: Account | None) -> str:
    """Return the language of a mail: the reader's, else that of the page on which somebody asked for it."""
    chosen = account is not None and (account.kind == AccountKind.STAFF or language.is_known(account.language))
    return language.of(account) if chosen else translation.get_language() or settings.LANGUAGE_CODE


def _proved(request: HttpRequest, account: Account) -> str:
    used = {entry.get("type") for entry in get_authentication_records(request, account) if entry["method"] == "mfa"}
    return next((factor.value for factor in STRENGTH if factor.value in used), Factor.NONE.value)


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors."""

    def encrypt(self, text: str) -> str:
        return seeds.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return seeds.unseal(encrypted_text)

    def get_totp_label(self, user: Account) -> str:
        return user.username

    def _get_user_identifier(self, user: Account) -> str:
        return user.username

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return entity | {"name": settings.MFA_TOTP_ISSUER}
