"""What the session proves right now: whose sign-in it is, and whether a second factor was shown again."""

import datetime as dt
from dataclasses import dataclass

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from accounts import sessions
from accounts.models import AccountKind
from smportal import clock


@dataclass(frozen=True, slots=True)
class Proof:
    """`signed_in_at` names the session whatever its key; `factor_at` is when a factor was shown again."""

    signed_in_at: dt.datetime
    factor_at: dt.datetime | None = None

    @property
    def is_fresh(self) -> bool:
        """Tell whether a second factor was shown again within ACCOUNT_REAUTHENTICATION_TIMEOUT seconds."""
        if self.factor_at is None:
            return False
        age = (clock.now() - self.factor_at).total_seconds()
        return 0 <= age < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


def proof_of(request: HttpRequest) -> Proof | None:
    """Return what this session proves; None for one that knows nothing of its sign-in.

    allauth's own question also takes a password shown again, or nothing at all from somebody who has
    none; here only a passkey or an authenticator app counts, and only the second time.
    """
    facts = sessions.read(request.session)
    if facts is None or not request.user.is_authenticated:
        return None
    shown = [
        entry["at"]
        for entry in get_authentication_records(request, request.user)
        if entry.get("method") == "mfa"
        and entry.get("reauthenticated")
        and sessions.counts_as_second_factor(AccountKind.STAFF, entry.get("type", ""))
    ]
    return Proof(_instant(facts.signed_in_at), _instant(max(shown)) if shown else None)


def _instant(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def confirming_url(request: HttpRequest, onward: str) -> str:
    """Return where this person shows a second factor again, or sets one up when the account has none of its own."""
    kinds = set(Authenticator.objects.filter(user=request.user.pk).values_list("type", flat=True))
    if Authenticator.Type.TOTP in kinds and not settings.STAFF_PASSKEY_ONLY:
        name = "mfa_reauthenticate"
    elif Authenticator.Type.WEBAUTHN in kinds:
        name = "mfa_reauthenticate_webauthn"
    else:
        return reverse("mfa_index")
    return f"{reverse(name)}?{urlencode({'next': onward})}"
