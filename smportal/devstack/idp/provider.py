"""The protocol's rules, kept by oauthlib; here is what the sandboxes know: clients, codes, people, keys."""

import hmac
import json
import os
import secrets
import time
from base64 import b64decode
from functools import cache
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote_plus

import jwt
import redis
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from oauthlib.openid import RequestValidator, Server

from smportal.devstack.idp import people
from smportal.devstack.idp import settings as site
from smportal.devstack.world.personas import IDME, ISSUERS, LOGINGOV, STAFF_SSO

# oauthlib speaks over TLS only unless told; the sandboxes live on this machine.
os.environ.setdefault("OAUTHLIB_INSECURE_TRANSPORT", "1")
CODE_SECONDS, TOKEN_SECONDS = 60, 300
# Login.gov keeps traits out of the ID token; ID.me signs its answer.
TRAITS_APART = (LOGINGOV, IDME)


@cache
def _redis() -> "redis.Redis":
    return redis.Redis.from_url(site.REDIS_URL, decode_responses=True, socket_timeout=2)


class Signer:
    """A service's signing key, new at every start."""

    def __init__(self, slug: str) -> None:
        elliptic = slug == STAFF_SSO
        self.algorithm = "ES256" if elliptic else "RS256"
        self.key_id = secrets.token_hex(8)
        self.key: Any = (
            ec.generate_private_key(ec.SECP256R1())
            if elliptic
            else rsa.generate_private_key(public_exponent=65537, key_size=2048)
        )

    def sign(self, claims: dict[str, Any]) -> str:
        return jwt.encode(claims, self.key, algorithm=self.algorithm, headers={"kid": self.key_id})

    def public(self) -> dict[str, Any]:
        algorithm = jwt.get_algorithm_by_name(self.algorithm)
        public: dict[str, Any] = algorithm.to_jwk(self.key.public_key(), as_dict=True)
        return public | {"kid": self.key_id, "alg": self.algorithm, "use": "sig"}


class Validator(RequestValidator):  # type: ignore[misc]
    """One service's answers to oauthlib's questions."""

    def __init__(self, slug: str) -> None:
        super().__init__()
        self.slug = slug
        self.client = site.CLIENTS[slug]
        self.signer = Signer(slug)

    # --- the client ---------------------------------------------------------------------
    def validate_client_id(self, client_id: str, request: Any, *args: Any, **kwargs: Any) -> bool:
        request.client = SimpleNamespace(client_id=client_id)
        return bool(client_id == self.client.client_id)

    def validate_redirect_uri(self, client_id: str, redirect_uri: str, request: Any, *args: Any, **kwargs: Any) -> bool:
        return bool(redirect_uri == f"{site.PORTAL_URL}/sign-in/{self.slug}/back/")

    def validate_response_type(self, client_id: str, response_type: str, *args: Any, **kwargs: Any) -> bool:
        return response_type == "code"

    def validate_scopes(self, client_id: str, scopes: list[str], *args: Any, **kwargs: Any) -> bool:
        return "openid" in scopes

    def validate_grant_type(self, client_id: str, grant_type: str, *args: Any, **kwargs: Any) -> bool:
        return grant_type == "authorization_code"

    def validate_user_match(self, id_token_hint: str, *args: Any, **kwargs: Any) -> bool:
        return True

    def validate_silent_login(self, request: Any) -> bool:
        return False

    def is_pkce_required(self, client_id: str, request: Any) -> bool:
        return True

    def client_authentication_required(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        return True

    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        known = self._by_key(request) if self.client.private_key else self._by_secret(request)
        request.client = SimpleNamespace(client_id=self.client.client_id)
        return known

    def _by_secret(self, request: Any) -> bool:
        scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Basic":
            return False
        name, _, secret = b64decode(encoded).decode().partition(":")
        right = unquote_plus(name) == self.client.client_id
        return right and hmac.compare_digest(unquote_plus(secret).encode(), self.client.secret.encode())

    def _by_key(self, request: Any) -> bool:
        # oauthlib's request knows only the parameters that came.
        if getattr(request, "client_assertion_type", None) != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer":
            return False
        key: Any = load_pem_private_key(self.client.private_key.encode(), password=None)
        try:
            said = jwt.decode(
                getattr(request, "client_assertion", ""),
                key.public_key(),
                algorithms=["RS256", "ES256"],
                audience=f"{site.IDP_URL}/{self.slug}/token",
                issuer=self.client.client_id,
                options={"require": ["iss", "sub", "aud", "jti", "exp"]},
            )
        except jwt.PyJWTError:
            return False
        first = _redis().set(f"idp:{self.slug}:jti:{said['jti']}", "1", nx=True, ex=TOKEN_SECONDS)
        return bool(first and said["sub"] == self.client.client_id)

    # --- codes and tokens, each in Redis for a short time -----------------------------------
    def save_authorization_code(self, client_id: str, code: Any, request: Any, *args: Any, **kwargs: Any) -> None:
        note = {
            "redirect_uri": request.redirect_uri,
            "challenge": request.code_challenge,
            "method": request.code_challenge_method,
            "nonce": request.nonce,
            "scopes": request.scopes,
            "who": request.who,
        }
        _redis().set(f"idp:{self.slug}:code:{code['code']}", json.dumps(note), ex=CODE_SECONDS)

    def validate_code(self, client_id: str, code: str, client: Any, request: Any, *args: Any, **kwargs: Any) -> bool:
        # Read and gone in one step: of two who bring the same code one is served.
        stored: Any = _redis().getdel(f"idp:{self.slug}:code:{code}")
        if stored is None:
            return False
        request.note = json.loads(stored)
        request.who, request.scopes, request.user = request.note["who"], request.note["scopes"], request.note["who"]
        return True

    def invalidate_authorization_code(self, client_id: str, code: str, *args: Any, **kwargs: Any) -> None:
        """It is gone since it was read."""

    def confirm_redirect_uri(
        self, client_id: str, code: str, redirect_uri: str, client: Any, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        return bool(redirect_uri == request.note["redirect_uri"])

    def get_code_challenge(self, code: str, request: Any) -> str:
        return str(request.note["challenge"])

    def get_code_challenge_method(self, code: str, request: Any) -> str:
        # "plain" is refused: the method that is compared with is always this one.
        return "S256"

    def get_authorization_code_scopes(self, client_id: str, code: str, redirect_uri: str, request: Any) -> list[str]:
        # Asked before the code is read; every request had it (validate_scopes).
        return ["openid"]

    def get_authorization_code_nonce(self, client_id: str, code: str, redirect_uri: str, request: Any) -> str:
        return str(request.note["nonce"])

    def save_bearer_token(self, token: Any, request: Any, *args: Any, **kwargs: Any) -> None:
        _redis().set(f"idp:{self.slug}:token:{token['access_token']}", json.dumps(request.who), ex=TOKEN_SECONDS)

    def validate_bearer_token(self, token: str, scopes: list[str], request: Any) -> bool:
        stored: Any = _redis().get(f"idp:{self.slug}:token:{token}")
        if stored is None:
            return False
        request.who, request.scopes = json.loads(stored), ["openid"]
        request.client = SimpleNamespace(client_id=self.client.client_id)
        return True

    # --- what is said of the person -----------------------------------------------------------
    def finalize_id_token(self, id_token: Any, token: Any, token_handler: Any, request: Any) -> str:
        now = int(time.time())
        said = people.claims(self.slug, *request.who)
        if self.slug in TRAITS_APART:
            said = {name: said[name] for name in ("sub", "acr")}
        stated = {"iss": ISSUERS[self.slug], "iat": now, "exp": now + TOKEN_SECONDS, "auth_time": now}
        return self.signer.sign({**id_token, **said, **stated})

    def get_userinfo_claims(self, request: Any) -> dict[str, Any] | str:
        said = people.claims(self.slug, *request.who)
        if self.slug == IDME:
            return self.signer.sign({**said, "iss": ISSUERS[self.slug], "aud": self.client.client_id})
        return said


@cache
def validator(slug: str) -> Validator:
    """Return the service's one validator, which holds its key."""
    return Validator(slug)


@cache
def server(slug: str) -> Any:
    """Return the service's endpoints. Raises KeyError for an unknown service."""
    return Server(validator(slug), token_expires_in=TOKEN_SECONDS)
