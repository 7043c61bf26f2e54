"""Forms that replace allauth's where its own are too loose."""

from typing import Any

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY, generate_totp_secret
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from allauth.mfa.webauthn.internal import auth as webauthn
from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from fido2.webauthn import AuthenticationResponse

from accounts import factors
from accounts.adapters import actor_of
from smportal.errors import Refused


class _CodeCheck:
    """The portal's own check of a typed code: atomic limit, one use, audited, independent of Redis."""

    user: Any
    cleaned_data: dict[str, Any]

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        try:
            found = factors.check_code(actor=actor_of(context.request), account=self.user, code=code)
        except Refused as refusal:
            raise ValidationError(refusal.text, refusal.code) from None
        if found is None:
            raise get_adapter().validation_error("incorrect_code")
        self.authenticator = found
        return code


class CodeForm(_CodeCheck, AuthenticateForm):  # type: ignore[misc]
    """The second step of signing in."""


class CodeAgainForm(_CodeCheck, ReauthenticateForm):  # type: ignore[misc]
    """Confirming that it is still you."""


class ActivateAppForm(ActivateTOTPForm):  # type: ignore[misc]
    """Setting up an authenticator app. The seed waits sealed in the session, never in clear."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.user = kwargs.pop("user")
        forms.Form.__init__(self, *args, **kwargs)
        session, adapter = context.request.session, get_adapter()
        if not self.is_bound or SECRET_SESSION_KEY not in session:
            session[SECRET_SESSION_KEY] = adapter.encrypt(generate_totp_secret())
        self.secret = adapter.decrypt(session[SECRET_SESSION_KEY])

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        self.step = factors.matching_step(self.secret, code)
        if self.step is None:
            raise get_adapter().validation_error("incorrect_code")
        return code


class _PasskeyCheck:
    """What allauth leaves out: the exact origin, and a signature counter that only grows (attack A069)."""

    cleaned_data: dict[str, Any]

    def clean_credential(self) -> Authenticator:
        posted = self.cleaned_data["credential"]
        response: AuthenticationResponse = webauthn.parse_authentication_response(posted)
        request = context.request
        if response.response.client_data.origin != f"{request.scheme}://{request.get_host()}":
            raise get_adapter().validation_error("incorrect_code")
        found: Authenticator = super().clean_credential()  # type: ignore[misc]
        _count(found, response.response.authenticator_data.counter)
        return found


def _count(found: Authenticator, counter: int) -> None:
    with transaction.atomic():
        row = Authenticator.objects.select_for_update().get(pk=found.pk)
        known = row.data.get("counter", row.wrap().authenticator_data.counter)
        # Zero on both sides: this passkey does not count (most synced ones).
        if (counter or known) and counter <= known:
            raise get_adapter().validation_error("incorrect_code")
        row.data["counter"] = counter
        row.save(update_fields=["data"])
    found.data = row.data


class PasskeyForm(_PasskeyCheck, AuthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey as the second step."""


class PasskeyLoginForm(_PasskeyCheck, LoginWebAuthnForm):  # type: ignore[misc]
    """A passkey alone: it proves two factors by itself."""


class PasskeyAgainForm(_PasskeyCheck, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """Confirming with a passkey that it is still you."""


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """A new passkey is one to sign in with alone, unless its owner says otherwise: that is what people expect of it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        alone = self.fields["passwordless"]
        alone.label, alone.initial = _("Sign in with this passkey alone"), True
