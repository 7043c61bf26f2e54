"""Checking ID tokens (OpenID Connect Core 1.0, section 3.1.3.7), stricter where it leaves room."""

import base64
import binascii
import hashlib
import hmac
from typing import Any

import jwt

from accounts.oidc import metadata
from accounts.oidc.problems import untrusted
from accounts.oidc.providers import Provider
from smportal import clock

ALGORITHMS = ("RS256", "ES256")
SKEW_SECONDS = 60
# An ID token is made for this very request: an old one was kept by somebody.
OLDEST_SECONDS = 10 * 60
LONGEST = 32 * 1024
LONGEST_SUBJECT = 255
# The claims that are times, with what a missing one counts as; only the last may be missing.
_TIMES = (("iat", None), ("exp", None), ("nbf", 0))
LATEST = 2**40
# PyJWT reads the machine's clock; times are checked below, by the application's.
_OPTIONS: Any = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


def id_token_claims(provider: Provider, token: object, *, nonce: str, access_token: str = "") -> dict[str, Any]:
    """Return the claims of an ID token that is the service's own answer to this one request.

    Raises SignInProblem (untrusted) when any check fails, (unavailable) when the keys cannot be had.
    """
    claims = signed_claims(provider, token)
    if claims.get("iss") != provider.client.issuer:
        raise untrusted("iss")
    _check_audience(claims, provider.client.client_id)
    _check_times(claims)
    given = claims.get("nonce")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), nonce.encode()):
        raise untrusted("nonce")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        raise untrusted("sub")
    if "at_hash" in claims and access_token and claims["at_hash"] != _half_hash(access_token):
        raise untrusted("at_hash")
    return claims


def signed_claims(provider: Provider, token: object) -> dict[str, Any]:
    """Return a token's claims once the signature by one of the service's own keys holds; checks nothing else."""
    if not isinstance(token, str) or len(token) > LONGEST or not token.isascii():
        raise untrusted("token")
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError:
        raise untrusted("token") from None
    algorithm, key_id = header.get("alg"), header.get("kid")
    if algorithm not in ALGORITHMS:
        raise untrusted("alg")
    key = metadata.key(provider, key_id, algorithm) if isinstance(key_id, str) else None
    if key is None:
        raise untrusted("key")
    try:
        claims: dict[str, Any] = jwt.decode(token, key=key.key, algorithms=[algorithm], options=_OPTIONS)
    except (jwt.PyJWTError, ValueError, TypeError, binascii.Error):
        raise untrusted("signature") from None
    return claims


def _check_audience(claims: dict[str, Any], client_id: str) -> None:
    audience = claims.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience
    if not isinstance(audiences, list) or client_id not in audiences:
        raise untrusted("aud")
    if "azp" in claims and claims["azp"] != client_id:
        raise untrusted("azp")
    if len(audiences) > 1 and "azp" not in claims:
        raise untrusted("azp")


def _check_times(claims: dict[str, Any]) -> None:
    now = clock.now().timestamp()
    issued, expires, not_before = (_time(claims.get(name, default)) for name, default in _TIMES)
    if now >= expires + SKEW_SECONDS:
        raise untrusted("exp")
    if issued > now + SKEW_SECONDS or not_before > now + SKEW_SECONDS or now - issued > OLDEST_SECONDS:
        raise untrusted("iat")


def _time(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < LATEST:
        raise untrusted("times")
    return float(value)


def _half_hash(access_token: str) -> str:
    # Both algorithms that are allowed use SHA-256.
    digest = hashlib.sha256(access_token.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).decode().rstrip("=")
