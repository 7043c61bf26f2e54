"""What a session knows about its sign-in, and how long it lasts (domain rules, section 2).

Nothing here is taken from the browser: the values lie in the session on the server, written at
sign-in. A session without them (or with unreadable ones) proves nothing and ends.
"""

import datetime as dt
import enum
import math
import uuid
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.http import HttpRequest

from accounts import ended
from accounts.models import Account, AccountKind, CredentialKind
from accounts.tiers import session_tier
from smportal import clock
from smportal.actor import Actor, ActorKind
from smportal.tiers import Tier

KEY = "portal"
# How stale the stored time of the last activity may be: a write at most this often, not at each request.
GRAIN_SECONDS = 60
# How somebody with a local account and no assured credential signed in: proves no tier.
LOCAL = "local"


class Factor(enum.StrEnum):
    """Which second factor this session proved; the values are allauth's authenticator types.

    The staff's single sign-on says itself what it used: any second factor, or a key that cannot be phished.
    """

    NONE = ""
    TOTP = "totp"
    PASSKEY = "webauthn"
    RECOVERY_CODE = "recovery_codes"
    SSO = "sso"
    SSO_KEY = "sso_key"


class Ended(enum.StrEnum):
    """Why a session is over; the values stand in the audit trail."""

    IDLE = "idle"
    ABSOLUTE = "absolute"
    BROWSER = "browser_changed"
    UNKNOWN = "unknown_session"


@dataclass(frozen=True, slots=True)
class Facts:
    """One session's sign-in. Times are seconds since the epoch by the application's clock."""

    kind: str
    level: str
    factor: str
    signed_in_at: float
    last_active_at: float
    browser: str

    @property
    def tier(self) -> Tier:
        """What the credential used now proves; My HealtheVet Premium needs a second factor for it."""
        return session_tier(self.kind, self.level, second_factor=bool(self.factor))


def read(session: SessionBase) -> Facts | None:
    """Return what the session knows, or None when that is missing or unreadable."""
    stored = session.get(KEY)
    try:
        return Facts(**stored) if isinstance(stored, dict) else None
    except TypeError:
        return None


def _write(session: SessionBase, facts: Facts) -> None:
    session[KEY] = asdict(facts)


def begin(session: SessionBase, *, kind: str, level: str, factor: str, browser: str = "") -> None:
    """Note a sign-in in a session whose key was just made new."""
    now = clock.now().timestamp()
    _write(session, Facts(kind, level, factor, now, now, browser))


def prove_factor(request: HttpRequest, factor: Factor) -> None:
    """Note that this session has proved a second factor now, under a new key (attack A050)."""
    facts = read(request.session)
    if facts is not None:
        _write(request.session, replace(facts, factor=factor.value))
    rotate(request)


def prove_level(request: HttpRequest, level: str) -> None:
    """Note that the My HealtheVet credential of this session has risen now, under a new key."""
    facts = read(request.session)
    if facts is not None and facts.kind == CredentialKind.MHV:
        _write(request.session, replace(facts, level=level))
    rotate(request)


def rotate(request: HttpRequest) -> None:
    """Give the session a new key; the old one opens nothing any more."""
    old = request.session.session_key
    request.session.cycle_key()
    UserSession.objects.filter(session_key=old).update(session_key=request.session.session_key)


def browser_of(request: HttpRequest) -> str:
    """Return a short digest of the browser's own name: enough to see that it changed, no trace of it."""
    return sha256(request.headers.get("User-Agent", "").encode()).hexdigest()[:16]


def counts_as_second_factor(kind: str, factor: str) -> bool:
    """Tell whether a proved factor is one that this kind of account needs.

    Staff need a passkey or an authenticator app, or a passkey only where the installation says so;
    a recovery code lets them in to set up a new one, no further.
    """
    if kind != AccountKind.STAFF:
        return bool(factor)
    if settings.STAFF_PASSKEY_ONLY:
        return factor in {Factor.PASSKEY, Factor.SSO_KEY}
    return factor in {Factor.TOTP, Factor.PASSKEY, Factor.SSO, Factor.SSO_KEY}


def limits_of(actor: Actor) -> str:
    """Return whose limits hold: administrator, staff or veteran; the keys of SESSION_IDLE_SECONDS."""
    if actor.roles:
        return "administrator"
    return "staff" if actor.kind is ActorKind.STAFF else "veteran"


def idle_seconds(actor: Actor) -> int:
    """Return after how many seconds without activity this actor's session ends."""
    return int(settings.SESSION_IDLE_SECONDS[limits_of(actor)])


def remaining_seconds(facts: Facts, actor: Actor) -> int:
    """Return how many seconds the session has left if nothing more happens; 0 when it is over."""
    now = clock.now().timestamp()
    idle = facts.last_active_at + idle_seconds(actor) - now
    absolute = facts.signed_in_at + settings.SESSION_ABSOLUTE_SECONDS - now
    return max(0, math.floor(min(idle, absolute)))


def over(facts: Facts | None, actor: Actor, *, browser: str, early: bool = False) -> Ended | None:
    """Return why the session is over, or None when it goes on.

    `early` is for the page to which the countdown in the browser leads: the server's own time of the
    last activity may be up to GRAIN_SECONDS older or newer than what the countdown knows.
    """
    if facts is None:
        return Ended.UNKNOWN
    if facts.browser and facts.browser != browser:
        return Ended.BROWSER
    now = clock.now().timestamp()
    slack = GRAIN_SECONDS + 5 if early else 0
    if now - facts.signed_in_at >= settings.SESSION_ABSOLUTE_SECONDS - slack:
        return Ended.ABSOLUTE
    if now - facts.last_active_at >= idle_seconds(actor) - slack:
        return Ended.IDLE
    return None


def touch(session: SessionBase, facts: Facts, *, at_once: bool = False) -> Facts:
    """Note activity, with a write at most once a minute unless `at_once`; return what holds now."""
    now = clock.now().timestamp()
    if not at_once and abs(now - facts.last_active_at) < GRAIN_SECONDS:
        return facts
    facts = replace(facts, last_active_at=now)
    _write(session, facts)
    return facts


def end_all(account_id: uuid.UUID, *, but: str | None = None) -> int:
    """End every session of an account on the server, except the one with the key `but`; return how many.

    Call it in the transaction of what caused it: a change of password, factor, level, role, or disabling.
    """
    found = UserSession.objects.filter(user_id=account_id).exclude(session_key=but or "")
    keys = list(found.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    found.delete()
    ended.forget_account(account_id)
    return len(keys)


def forget(request: HttpRequest) -> None:
    """Drop the note about the session that is about to end."""
    UserSession.objects.filter(session_key=request.session.session_key).delete()


def delete_expired() -> int:
    """Delete sessions whose cookie has run out and the notes about sessions that are gone; return how many."""
    deleted, _ = Session.objects.filter(expire_date__lt=clock.now()).delete()
    alive = Session.objects.values("session_key")
    old = clock.now() - dt.timedelta(seconds=settings.SESSION_ABSOLUTE_SECONDS)
    UserSession.objects.exclude(session_key__in=alive).filter(created_at__lt=old).delete()
    ended.delete_expired()
    return deleted


def credential_now(account: Account) -> tuple[str, str]:
    """Return kind and level of the local credential that a password or a passkey uses."""
    if account.kind == AccountKind.STAFF:
        return LOCAL, ""
    found = account.credentials.filter(kind=CredentialKind.MHV, unlinked_at__isnull=True).first()
    return (found.kind, found.level) if found else (LOCAL, "")


def details(facts: Facts) -> dict[str, Any]:
    """Return what the audit trail keeps of a sign-in."""
    return {"credential": facts.kind, "level": facts.level, "factor": facts.factor or "none"}
