"""What a service says of itself: its addresses and its keys, kept in this process for a while.

Not in Redis: whoever could write there could put in keys of their own.
"""

import datetime as dt
import threading
from dataclasses import dataclass
from typing import Any

import jwt

from accounts.oidc import fetch
from accounts.oidc.problems import SignInProblem, unavailable
from accounts.oidc.providers import Provider
from smportal import clock

KEPT = dt.timedelta(minutes=15)
# A new key of theirs is looked up at once, but an unknown key id cannot make us ask all the time.
LOOKED_UP_AGAIN = dt.timedelta(seconds=30)
# After a failure people are told at once, instead of each holding a thread for the whole timeout.
LEFT_ALONE = dt.timedelta(seconds=10)
FAMILIES = {"RS256": "RSA", "ES256": "EC"}


@dataclass(frozen=True, slots=True)
class Addresses:
    """The service's endpoints; `userinfo` may be empty."""

    authorization: str
    token: str
    userinfo: str
    keys: str
    takes_secret_in_body: bool


class _Kept:
    """Answers by address, with the time until which each holds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: dict[str, tuple[dt.datetime, dict[str, Any]]] = {}
        self._failed: dict[str, dt.datetime] = {}

    def object(self, url: str, *, newer_than: dt.timedelta = KEPT) -> dict[str, Any]:
        with self._lock:
            now = clock.now()
            fetched, answer = self._answers.get(url, (None, {}))
            if fetched is not None and now - fetched < newer_than:
                return answer
            failed = self._failed.get(url)
        if failed is not None and now - failed < LEFT_ALONE:
            raise unavailable("just_failed")
        try:
            answer = fetch.parse_object(fetch.get(url))
        except SignInProblem:
            with self._lock:
                self._failed[url] = now
            raise
        with self._lock:
            self._answers[url] = (now, answer)
            self._failed.pop(url, None)
        return answer

    def forget(self) -> None:
        with self._lock:
            self._answers.clear()
            self._failed.clear()


_kept = _Kept()


def forget() -> None:
    """Forget everything that was kept; the next sign-in asks anew."""
    _kept.forget()


def addresses(provider: Provider) -> Addresses:
    """Return the service's endpoints. Raises SignInProblem when it is away or its document is not its own."""
    found = _kept.object(provider.client.discovery_url)
    if found.get("issuer") != provider.client.issuer:
        raise unavailable("discovery_issuer")
    methods = found.get("token_endpoint_auth_methods_supported")
    methods = methods if isinstance(methods, list) else ["client_secret_basic"]
    return Addresses(
        authorization=_address(found, "authorization_endpoint"),
        token=_address(found, "token_endpoint"),
        userinfo=_address(found, "userinfo_endpoint", optional=True),
        keys=_address(found, "jwks_uri"),
        takes_secret_in_body="client_secret_basic" not in methods and "client_secret_post" in methods,
    )


def _address(document: dict[str, Any], name: str, *, optional: bool = False) -> str:
    url = document.get(name)
    if url is None and optional:
        return ""
    if not isinstance(url, str) or not fetch.is_allowed(url):
        raise unavailable(f"discovery_{name}")
    return url


def key(provider: Provider, key_id: str, algorithm: str) -> jwt.PyJWK | None:
    """Return the service's own public key of that id, fit for the algorithm; None when it has none such."""
    url = addresses(provider).keys
    found = _named(_kept.object(url), key_id, algorithm)
    return found or _named(_kept.object(url, newer_than=LOOKED_UP_AGAIN), key_id, algorithm)


def _named(document: dict[str, Any], key_id: str, algorithm: str) -> jwt.PyJWK | None:
    entries = document.get("keys")
    for entry in entries if isinstance(entries, list) else []:
        if not isinstance(entry, dict) or entry.get("kid") != key_id:
            continue
        # The key must be of the algorithm's family, whatever the token's header claims.
        fits = entry.get("kty") == FAMILIES.get(algorithm) and entry.get("alg", algorithm) == algorithm
        if fits and entry.get("use", "sig") == "sig":
            try:
                return jwt.PyJWK(entry, algorithm)
            except (jwt.PyJWTError, ValueError, TypeError, KeyError):
                return None
    return None
