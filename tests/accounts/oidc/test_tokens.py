"""ID tokens that are not the service's own answer to this one request sign nobody in."""

import base64
import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client

from accounts.models import Account, Credential
from smportal import clock
from smportal.audit.models import AuditEvent
from tests.accounts.oidc.cast import make_record
from tests.accounts.oidc.provider import (
    CLIENT_ID,
    EC_KEY,
    ISSUER,
    OTHER_RSA_KEY,
    RSA_KEY,
    Provider,
    come_back,
    encoded,
    is_signed_in,
    leave,
    public,
    sign_in,
)

Sign = Callable[[dict[str, Any]], str]


@pytest.fixture(autouse=True)
def walter(db: None) -> None:
    make_record("Walter", "Brandt", "1960-02-29", "900123456", icn="1000000001V000001")


def refused(browser: Client, provider: Provider) -> str:
    """Sign in, check that nothing came of it, and return the code of the trail."""
    response = sign_in(browser, provider)
    assert response.status_code == 403
    assert "couldn’t confirm your sign-in" in response.content.decode()
    assert not is_signed_in(browser)
    assert not Account.objects.exists()
    event = AuditEvent.objects.order_by("pk").last()
    assert event is not None
    assert (event.deed, event.details) == ("sign_in_failed", {"service": "logingov"})
    return event.reason


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_a_right_token_signs_in(client: Client, provider: Provider, algorithm: str) -> None:
    key, key_id = (RSA_KEY, "r1") if algorithm == "RS256" else (EC_KEY, "e1")
    provider.sign = lambda claims: provider.signed(claims, key, key_id, algorithm)
    response = sign_in(client, provider)
    assert (response.status_code, response["Location"]) == (302, "/home/")
    assert is_signed_in(client)
    assert Credential.objects.get().subject == "subject-1"


def _unsigned(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, "", algorithm="none", headers={"kid": "r1"})


def _without_signature(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, RSA_KEY, algorithm="RS256", headers={"kid": "r1"}).rpartition(".")[0] + "."


def _tampered(claims: dict[str, Any]) -> str:
    head, _, tail = jwt.encode(claims, RSA_KEY, algorithm="RS256", headers={"kid": "r1"}).split(".")
    return f"{head}.{encoded({**claims, 'sub': 'somebody-else'})}.{tail}"


def _hmac_with(secret: bytes) -> Sign:
    # PyJWT itself refuses to make such a token.
    import hmac

    def sign(claims: dict[str, Any]) -> str:
        signed = f"{encoded({'alg': 'HS256', 'kid': 'r1', 'typ': 'JWT'})}.{encoded(claims)}"
        mac = hmac.digest(secret, signed.encode(), "sha256")
        return f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"

    return sign


PEM = RSA_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    ("sign", "code"),
    [
        pytest.param(_unsigned, "alg", id="alg none"),
        pytest.param(_without_signature, "signature", id="no signature"),
        pytest.param(_tampered, "signature", id="tampered"),
        pytest.param(_hmac_with(PEM), "alg", id="HS256 with the public key"),
        pytest.param(_hmac_with(b"s3cret/+ %"), "alg", id="HS256 with the client's secret"),
        pytest.param(
            lambda claims: jwt.encode(claims, OTHER_RSA_KEY, "RS256", headers={"kid": "r1"}),
            "signature",
            id="another key under the same id",
        ),
        pytest.param(
            lambda claims: jwt.encode(claims, OTHER_RSA_KEY, "RS256", headers={"kid": "x"}), "key", id="unknown key id"
        ),
        pytest.param(lambda claims: jwt.encode(claims, RSA_KEY, "RS256"), "key", id="no key id"),
        pytest.param(
            lambda claims: jwt.encode(
                claims, OTHER_RSA_KEY, "RS256", headers={"kid": "x", "jwk": public(OTHER_RSA_KEY, "x")}
            ),
            "key",
            id="brings its own key",
        ),
        pytest.param(
            lambda claims: jwt.encode(claims, RSA_KEY, "RS512", headers={"kid": "r1"}), "alg", id="another algorithm"
        ),
        pytest.param(
            lambda claims: jwt.encode(claims, RSA_KEY, "RS256", headers={"kid": "e1"}), "key", id="key of another kind"
        ),
        pytest.param(
            lambda claims: jwt.encode(claims, RSA_KEY, "RS256", headers={"kid": "r1", "crit": ["x"], "x": 1}),
            "token",
            id="critical extension",
        ),
        pytest.param(lambda _claims: "not.a.token", "token", id="no token"),
        pytest.param(lambda _claims: "é", "token", id="not ASCII"),
        pytest.param(lambda _claims: "a" * 40_000, "token", id="too long"),
    ],
)
def test_a_forged_token_is_refused(client: Client, provider: Provider, sign: Sign, code: str) -> None:
    provider.sign = sign
    assert refused(client, provider) == f"untrusted:{code}"


def _now() -> int:
    return int(clock.now().timestamp())


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"iss": "https://idme.example.test/"}, "iss"),
        ({"iss": ISSUER.rstrip("/")}, "iss"),
        ({"aud": "another-portal"}, "aud"),
        ({"aud": ["another-portal"]}, "aud"),
        ({"aud": {CLIENT_ID: 1}}, "aud"),
        ({"aud": [CLIENT_ID, "another-portal"]}, "azp"),
        ({"azp": "another-portal"}, "azp"),
        ({"nonce": "another"}, "nonce"),
        ({"nonce": ["x"]}, "nonce"),
        ({"nonce": ""}, "nonce"),
        ({"sub": ""}, "sub"),
        ({"sub": 7}, "sub"),
        ({"sub": "a\nb"}, "sub"),
        ({"sub": "a" * 256}, "sub"),
        ({"exp": "tomorrow"}, "times"),
        ({"exp": True}, "times"),
        ({"iat": 10**400}, "times"),
        ({"iat": -5}, "times"),
        ({"at_hash": "wrong"}, "at_hash"),
    ],
    ids=str,
)
def test_a_token_with_a_wrong_claim_is_refused(
    client: Client, provider: Provider, claims: dict[str, Any], code: str
) -> None:
    provider.claims = claims
    assert refused(client, provider) == f"untrusted:{code}"


@pytest.mark.parametrize(
    ("name", "seconds", "code"),
    [("exp", -61, "exp"), ("iat", 120, "iat"), ("iat", -601, "iat"), ("nbf", 120, "iat")],
)
def test_a_token_of_another_time_is_refused(
    client: Client, provider: Provider, name: str, seconds: int, code: str
) -> None:
    provider.claims = {name: _now() + seconds}
    assert refused(client, provider) == f"untrusted:{code}"


@pytest.mark.parametrize("name", ["iss", "aud", "sub", "iat", "exp", "nonce"])
def test_a_token_without_a_needed_claim_is_refused(client: Client, provider: Provider, name: str) -> None:
    provider.without = {name}
    code = "times" if name in {"iat", "exp"} else name
    assert refused(client, provider) == f"untrusted:{code}"


def test_yesterdays_token_cannot_be_played_again(client: Client, provider: Provider) -> None:
    kept: list[str] = []

    def keep(claims: dict[str, Any]) -> str:
        kept.append(provider.signed(claims))
        return kept[0]

    provider.sign = keep
    assert sign_in(client, provider).status_code == 302
    other = Client()
    response = sign_in(other, provider)
    assert response.status_code == 403
    assert not is_signed_in(other)


def test_a_key_that_the_service_changed_is_found_at_once(client: Client, provider: Provider) -> None:
    from accounts.oidc import metadata

    provider.keys = []
    assert refused(client, provider) == "untrusted:key"
    metadata.forget()
    provider.keys = [public(OTHER_RSA_KEY, "new")]
    provider.sign = lambda claims: provider.signed(claims, OTHER_RSA_KEY, "new")
    assert sign_in(client, provider).status_code == 302


def test_unknown_key_ids_do_not_make_us_ask_again_and_again(client: Client, provider: Provider) -> None:
    provider.sign = lambda claims: provider.signed(claims, key_id="unknown")
    for _ in range(4):
        sign_in(Client(), provider)
    assert provider.requests["/k"] == 1


def test_a_signed_userinfo_of_somebody_else_is_refused(client: Client, provider: Provider) -> None:
    provider.without = {"given_name", "family_name", "birthdate", "social_security_number"}
    provider.userinfo = {"sub": "subject-2"}
    assert refused(client, provider) == "untrusted:userinfo_sub"


def test_sign_in_takes_two_requests_at_most(client: Client, provider: Provider) -> None:
    sign_in(client, provider)
    provider.requests.clear()
    provider.without = {"given_name", "family_name", "birthdate", "social_security_number"}
    provider.userinfo = {
        "given_name": "Walter",
        "family_name": "Brandt",
        "birthdate": "1960-02-29",
        "social_security_number": "900123456",
    }
    assert sign_in(Client(), provider).status_code == 302
    assert provider.requests == {"/t": 1, "/u": 1}


def test_the_code_goes_with_verifier_and_secret(client: Client, provider: Provider) -> None:
    visit = leave(client, provider)
    assert visit.parameters["code_challenge_method"] == "S256"
    assert len(visit.state) >= 22
    assert come_back(client, visit.state).status_code == 302
    assert len(provider.forms[0]["code_verifier"]) >= 43
    assert provider.forms[0]["redirect_uri"] == visit.parameters["redirect_uri"]
    sent = next(line for line in provider.authorizations if line)
    assert base64.b64decode(sent.removeprefix("Basic ")) == b"portal:s3cret%2F%2B+%25"
    assert json.dumps(provider.forms).count("s3cret") == 0
