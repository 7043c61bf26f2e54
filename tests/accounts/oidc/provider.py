"""A sign-in service that does whatever a test wants: it lies, tampers, dawdles and answers garbage, over real HTTP."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.http import HttpResponse
from django.test import Client as Browser

from smportal import clock
from smportal.settings.oidc import Client

ISSUER = "https://logingov.example.test/"
CLIENT_ID = "portal"
NIST = "http://idmanagement.gov/ns/assurance"
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
PERSON = {
    "given_name": "Walter",
    "family_name": "Brandt",
    "birthdate": "1960-02-29",
    "social_security_number": "900-12-3456",
}


def public(key: Any, key_id: str) -> dict[str, Any]:
    """Return a key as a service publishes it."""
    algorithm = "ES256" if isinstance(key, ec.EllipticCurvePrivateKey) else "RS256"
    found: dict[str, Any] = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
    return found | {"kid": key_id, "use": "sig", "alg": algorithm}


def encoded(part: Any) -> str:
    """Return one part of a token that no library would make."""
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


@dataclass
class Answer:
    """What the service answers on one path."""

    body: bytes = b""
    status: int = 200
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    # Seconds before each byte of the body: a socket's own time limit never strikes.
    drip: float = 0


class Provider:
    """The service. `claims` are put over a right ID token's; `sign` makes the token; `answers` replace a path's."""

    def __init__(self, port: int) -> None:
        self.url = f"http://localhost:{port}"
        self.claims: dict[str, Any] = {}
        self.without: set[str] = set()
        self.userinfo: dict[str, Any] = {}
        self.sign: Callable[[dict[str, Any]], str] = self.signed
        self.keys = [public(RSA_KEY, "r1"), public(EC_KEY, "e1")]
        self.document: dict[str, Any] = {}
        self.answers: dict[str, Answer] = {}
        self.requests: Counter[str] = Counter()
        self.forms: list[dict[str, str]] = []
        self.authorizations: list[str] = []
        self.nonce = ""
        self.challenge = ""

    def client(self, **changes: Any) -> Client:
        """Return the portal's settings for this service."""
        usual: dict[str, Any] = {
            "issuer": ISSUER,
            "discovery_url": f"{self.url}/d",
            "client_id": CLIENT_ID,
            "scope": "openid",
            "secret": "s3cret/+ %",
            "acr": f"{NIST}/ial/1",
            "acr_verified": f"{NIST}/ial/2",
            "staff_id_claim": "employee_id",
        }
        return Client(**{**usual, **changes})

    def signed(self, claims: dict[str, Any], key: Any = RSA_KEY, key_id: str = "r1", algorithm: str = "RS256") -> str:
        """Return a properly signed token."""
        return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": key_id})

    def id_token(self) -> str:
        now = int(clock.now().timestamp())
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": CLIENT_ID,
            "sub": "subject-1",
            "iat": now,
            "exp": now + 300,
            "nonce": self.nonce,
            "acr": f"{NIST}/ial/2",
            **PERSON,
            **self.claims,
        }
        return self.sign({name: value for name, value in claims.items() if name not in self.without})

    def answer(self, path: str, form: dict[str, str]) -> Answer:
        self.requests[path] += 1
        if path in self.answers:
            return self.answers[path]
        if path == "/d":
            found: Any = {
                "issuer": ISSUER,
                "authorization_endpoint": f"{self.url}/a",
                "token_endpoint": f"{self.url}/t",
                "userinfo_endpoint": f"{self.url}/u",
                "jwks_uri": f"{self.url}/k",
                **self.document,
            }
        elif path == "/k":
            found = {"keys": self.keys}
        elif path == "/t":
            self.forms.append(form)
            digest = hashlib.sha256(form["code_verifier"].encode()).digest()
            if base64.urlsafe_b64encode(digest).decode().rstrip("=") != self.challenge:
                return Answer(b'{"error": "invalid_grant"}', 400)
            found = {"token_type": "Bearer", "access_token": secrets.token_hex(8), "id_token": self.id_token()}
        else:
            found = {"sub": "subject-1", **self.userinfo}
        return Answer(json.dumps(found).encode())


class Handler(BaseHTTPRequestHandler):
    """Speaks HTTP for the provider of its server."""

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self._answer({name: values[0] for name, values in parse_qs(body).items()})

    def _answer(self, form: dict[str, str]) -> None:
        provider: Provider = self.server.provider  # type: ignore[attr-defined]
        provider.authorizations.append(self.headers.get("Authorization", ""))
        answer = provider.answer(urlsplit(self.path).path, form)
        self.send_response(answer.status)
        for name, value in {"Content-Type": answer.kind, **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        try:
            if not answer.drip:
                self.wfile.write(answer.body)
            for byte in answer.body if answer.drip else b"":
                time.sleep(answer.drip)  # the dawdling itself, not a wait
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
        except OSError:
            return

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name
        """Drop the line."""


def serve(provider: Provider, port: int) -> ThreadingHTTPServer:
    """Serve until `shutdown` and `server_close`."""
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.provider = provider  # type: ignore[attr-defined]
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return server


@dataclass
class Visit:
    """One way there, as the service sees it."""

    parameters: dict[str, str]
    url: str

    @property
    def state(self) -> str:
        return self.parameters["state"]


def leave(browser: Browser, provider: Provider, slug: str = "logingov", **form: str) -> Visit:
    """Start signing in; the service remembers nonce and challenge."""
    response = browser.post(f"/sign-in/{slug}/", form)
    assert response.status_code == 200, response.content
    url = response.context["url"]
    parameters = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    provider.nonce, provider.challenge = parameters["nonce"], parameters["code_challenge"]
    return Visit(parameters, url)


def come_back(browser: Browser, state: str, slug: str = "logingov", **parameters: str) -> HttpResponse:
    """Come back from the service."""
    response: Any = browser.get(f"/sign-in/{slug}/back/", {"code": "c-1", "state": state, **parameters})
    found: HttpResponse = response
    return found


def sign_in(browser: Browser, provider: Provider, slug: str = "logingov", **form: str) -> HttpResponse:
    """Go there and come back."""
    return come_back(browser, leave(browser, provider, slug, **form).state, slug)


def is_signed_in(browser: Browser) -> bool:
    """Tell whether the browser's session is somebody's."""
    return "_auth_user_id" in browser.session
