"""The authorization code flow with PKCE: the way there, and the way back.

Each way there leaves a note in the browser's own session on the server; each way back uses one up.
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal
from urllib.parse import quote_plus, urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.urls import reverse

from accounts import attempts
from accounts.oidc import claims as reading
from accounts.oidc import fetch, metadata, tokens
from accounts.oidc.claims import Identity
from accounts.oidc.problems import Reason, SignInProblem, unavailable, untrusted
from accounts.oidc.providers import Provider
from accounts.sessions import Factor
from smportal import clock

KEY = "oidc"
VALID_SECONDS = 10 * 60
# Open tabs, each on its way somewhere; the oldest note goes first.
MOST_AT_ONCE = 5
ASSERTION_SECONDS = 120
LONGEST_CODE = 2048

Purpose = Literal["sign_in", "verify", "link"]


@dataclass(frozen=True, slots=True)
class Pending:
    """One way there. `account` is who was signed in at its start, "" for nobody."""

    slug: str
    nonce: str
    verifier: str
    started_at: float
    purpose: Purpose
    onward: str
    account: str


def depart(session: SessionBase, provider: Provider, *, purpose: Purpose, onward: str, account: str) -> str:
    """Note a new way there and return the service's address for it.

    Nothing in the address comes from the browser. Raises SignInProblem when the service is away.
    """
    address = metadata.addresses(provider).authorization
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    pending = Pending(provider.slug, nonce, verifier, clock.now().timestamp(), purpose, onward, account)
    notes = dict(list(_notes(session).items())[-(MOST_AT_ONCE - 1) :])
    session[KEY] = {**notes, state: asdict(pending)}
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    client = provider.client
    parameters = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": redirect_uri(provider),
        "scope": client.scope,
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    acr = client.acr if purpose == "sign_in" else client.acr_verified
    if acr:
        parameters["acr_values"] = acr
    return f"{address}{'&' if '?' in address else '?'}{urlencode(parameters)}"


def redirect_uri(provider: Provider) -> str:
    """Return where the service sends people back to: one address for each service, on the configured site."""
    return str(settings.SITE_URL + reverse("oidc_callback", args=[provider.slug]))


def come_back(session: SessionBase, provider: Provider, answer: Mapping[str, str], *, account: str) -> Pending:
    """Use up the note that this answer belongs to and return it.

    Raises SignInProblem: stale for an answer that this browser never asked for, asked for as somebody
    else, too long ago, of another service, or that came already.
    """
    state = answer.get("state", "")
    notes = _notes(session)
    stored = notes.pop(state, None)
    if stored is None:
        raise SignInProblem(Reason.STALE, "state_unknown")
    session[KEY] = notes
    # Two requests at once may both have read the note: the database lets one of them through.
    if not attempts.consume(f"oidc-state:{state}", most=1, seconds=2 * VALID_SECONDS):
        raise SignInProblem(Reason.STALE, "state_used")
    pending = Pending(**stored)
    if pending.slug != provider.slug:
        raise SignInProblem(Reason.STALE, "other_service")
    if clock.now().timestamp() - pending.started_at >= VALID_SECONDS:
        raise SignInProblem(Reason.STALE, "state_expired")
    if pending.account != account:
        raise SignInProblem(Reason.STALE, "other_account")
    # RFC 9207: an answer that names its issuer must name the right one.
    if answer.get("iss", provider.client.issuer) != provider.client.issuer:
        raise untrusted("answer_iss")
    if error := answer.get("error"):
        cancelled = error in {"access_denied", "login_required", "interaction_required", "consent_required"}
        raise SignInProblem(Reason.CANCELLED, "") if cancelled else unavailable("answer_error")
    return pending


def _notes(session: SessionBase) -> dict[str, Any]:
    stored = session.get(KEY)
    return dict(stored) if isinstance(stored, dict) else {}


def identity(provider: Provider, pending: Pending, code: str) -> Identity:
    """Change the code for what the service says of the person: one request, two when traits come apart.

    Raises SignInProblem when the service is away or its answer fails a check.
    """
    if not code or len(code) > LONGEST_CODE:
        raise untrusted("code")
    answer = _token(provider, pending, code)
    access_token = answer.get("access_token")
    access_token = access_token if isinstance(access_token, str) else ""
    claims = tokens.id_token_claims(provider, answer.get("id_token"), nonce=pending.nonce, access_token=access_token)
    service, client = provider.service, provider.client
    found = Identity(
        kind=provider.kind,
        issuer=client.issuer,
        subject=claims["sub"],
        level=reading.level_of(service, claims),
        factor=reading.factor_of(claims) if provider.is_for_staff else Factor.NONE,
        staff_id=_staff_id(provider, claims),
    )
    if not found.is_verified:
        # Nothing of somebody who is not verified is worth knowing.
        return found
    if reading.traits_of(service, claims) is None and access_token:
        claims = _userinfo(provider, access_token, found.subject)
    return Identity(
        found.kind,
        found.issuer,
        found.subject,
        found.level,
        traits=reading.traits_of(service, claims),
        email=reading.email_of(claims),
    )


def _staff_id(provider: Provider, claims: Mapping[str, Any]) -> str:
    value = claims.get(provider.client.staff_id_claim) if provider.is_for_staff else None
    return value if isinstance(value, str) and value.isprintable() else ""


def _token(provider: Provider, pending: Pending, code: str) -> dict[str, Any]:
    address = metadata.addresses(provider)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri(provider),
        "code_verifier": pending.verifier,
    }
    headers: dict[str, str] = {}
    client = provider.client
    if client.private_key:
        form["client_id"] = client.client_id
        form["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        form["client_assertion"] = _assertion(provider, address.token)
    elif address.takes_secret_in_body:
        form |= {"client_id": client.client_id, "client_secret": client.secret}
    else:
        pair = f"{quote_plus(client.client_id)}:{quote_plus(client.secret)}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    return fetch.parse_object(fetch.post_form(address.token, form, headers=headers))


def _assertion(provider: Provider, audience: str) -> str:
    """Return the proof that we hold the client's private key (RFC 7523, section 3), good for one use."""
    now = int(clock.now().timestamp())
    client = provider.client
    key = load_pem_private_key(client.private_key.encode(), password=None)
    algorithm = "ES256" if isinstance(key, EllipticCurvePrivateKey) else "RS256"
    claims = {
        "iss": client.client_id,
        "sub": client.client_id,
        "aud": audience,
        "jti": secrets.token_urlsafe(24),
        "iat": now,
        "exp": now + ASSERTION_SECONDS,
    }
    return jwt.encode(claims, client.private_key, algorithm=algorithm)


def _userinfo(provider: Provider, access_token: str, subject: str) -> dict[str, Any]:
    address = metadata.addresses(provider).userinfo
    if not address:
        return {}
    body = fetch.get(address, headers={"Authorization": f"Bearer {access_token}"}).strip()
    # ID.me answers with a signed token, the others with plain JSON.
    if body.startswith(b"{"):
        claims = fetch.parse_object(body)
    else:
        claims = tokens.signed_claims(provider, body.decode("ascii", "replace").strip('"'))
        if claims.get("iss", provider.client.issuer) != provider.client.issuer:
            raise untrusted("userinfo_iss")
    if claims.get("sub") != subject:
        raise untrusted("userinfo_sub")
    return claims
