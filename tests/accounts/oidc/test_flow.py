"""The way there and back: bound to one browser, used once, deaf to what the browser adds."""

import json
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import Throttle
from accounts.oidc import fetch, metadata
from smportal.audit.models import AuditEvent
from smportal.devstack import ports
from tests import factories
from tests.accounts.oidc.cast import make_record
from tests.accounts.oidc.provider import Answer, Provider, come_back, is_signed_in, leave, sign_in
from tests.accounts.people import Hands
from tests.signing_in import sign_in as sign_in_locally


@pytest.fixture(autouse=True)
def walter(db: None) -> None:
    make_record("Walter", "Brandt", "1960-02-29", "900123456", icn="1000000001V000001")


def reason() -> str:
    event = AuditEvent.objects.order_by("pk").last()
    return event.reason if event else ""


# --- state ---------------------------------------------------------------------------------------
def test_a_state_works_once(client: Client, provider: Provider) -> None:
    visit = leave(client, provider)
    assert come_back(client, visit.state).status_code == 302
    client.post("/account/logout/")
    response = come_back(client, visit.state)
    assert response.status_code == 400
    assert "start signing in again" in response.content.decode()
    assert not is_signed_in(client)
    assert provider.requests["/t"] == 1


def test_a_state_works_once_though_the_session_still_knows_it(client: Client, provider: Provider) -> None:
    """Two requests at once have both read the session; the database lets one through."""
    visit = leave(client, provider)
    notes = client.session["oidc"]
    assert come_back(client, visit.state).status_code == 302
    other = Client()
    leave(other, provider)
    session = other.session
    session["oidc"] = notes
    session.save()
    assert come_back(other, visit.state).status_code == 400
    assert reason() == "stale:state_used"


@pytest.mark.parametrize("state", ["", "guessed", "0" * 43])
def test_an_unknown_state_is_refused_and_fills_no_trail(client: Client, provider: Provider, state: str) -> None:
    leave(client, provider)
    before = AuditEvent.objects.count()
    assert come_back(client, state).status_code == 400
    assert AuditEvent.objects.count() == before
    assert provider.requests["/t"] == 0


def test_another_browsers_state_is_refused(client: Client, provider: Provider) -> None:
    """A link that signs a victim in as the attacker needs the attacker's state in the victim's session."""
    visit = leave(client, provider)
    victim = Client()
    assert come_back(victim, visit.state).status_code == 400
    assert not is_signed_in(victim)


def test_a_state_of_another_service_is_refused(client: Client, provider: Provider) -> None:
    visit = leave(client, provider, "idme")
    assert come_back(client, visit.state, "logingov").status_code == 400
    assert reason() == "stale:other_service"


def test_a_state_ends_after_ten_minutes(client: Client, provider: Provider, hands: Hands) -> None:
    visit = leave(client, provider)
    hands.forward(10 * 60)
    assert come_back(client, visit.state).status_code == 400
    assert reason() == "stale:state_expired"


def test_a_sign_in_begun_as_nobody_does_not_end_as_a_change_of_accounts(client: Client, provider: Provider) -> None:
    visit = leave(client, provider)
    notes = client.session["oidc"]
    sign_in_locally(client, factories.make_account())
    session = client.session
    session["oidc"] = notes
    session.save()
    assert come_back(client, visit.state).status_code == 400
    assert reason() == "stale:other_account"


def test_five_tabs_each_find_their_way_back(client: Client, provider: Provider) -> None:
    visits = [leave(client, provider) for _ in range(6)]
    assert len(client.session["oidc"]) == 5
    assert come_back(client, visits[0].state).status_code == 400
    provider.challenge = visits[1].parameters["code_challenge"]
    provider.nonce = visits[1].parameters["nonce"]
    assert come_back(client, visits[1].state).status_code == 302


def test_state_nonce_and_verifier_are_new_each_time(client: Client, provider: Provider) -> None:
    visits = [leave(client, provider) for _ in range(3)]
    for name in ("state", "nonce", "code_challenge"):
        assert len({visit.parameters[name] for visit in visits}) == 3


def test_the_session_key_changes_at_sign_in(client: Client, provider: Provider) -> None:
    leave(client, provider)
    before = client.session.session_key
    sign_in(client, provider)
    assert client.session.session_key != before
    assert client.session["portal"]["kind"] == "logingov"


# --- what the browser adds --------------------------------------------------------------------------
def test_nothing_of_the_browser_reaches_the_service(client: Client, provider: Provider) -> None:
    added = {
        "auth_params": "acr_values=x&prompt=none",
        "acr_values": "http://idmanagement.gov/ns/assurance/ial/9",
        "scope": "openid evil",
        "client_id": "evil",
        "redirect_uri": "https://evil.example/",
        "state": "mine",
        "nonce": "mine",
        "response_type": "token",
        "login_hint": "mine",
    }
    plain = leave(client, provider)
    response = client.post(f"/sign-in/logingov/?acr_values=evil&{'&'.join(f'{k}=evil' for k in added)}", added)
    sent = parse_qs(urlsplit(response.context["url"]).query)
    assert sent.keys() == plain.parameters.keys()
    for name in sent.keys() - {"state", "nonce", "code_challenge"}:
        assert sent[name] == [plain.parameters[name]]
    assert "evil" not in response.context["url"]


def test_a_level_in_the_way_back_is_not_heard(client: Client, provider: Provider) -> None:
    provider.claims = {"acr": "http://idmanagement.gov/ns/assurance/ial/1"}
    visit = leave(client, provider)
    come_back(client, visit.state, acr="http://idmanagement.gov/ns/assurance/ial/2", ial="2", level="ial2")
    assert client.session["portal"]["level"] == "ial1"


def test_it_starts_by_a_form_only_and_with_its_token(provider: Provider) -> None:
    assert Client().get("/sign-in/logingov/").status_code == 405
    assert Client(enforce_csrf_checks=True).post("/sign-in/logingov/").status_code == 403
    assert Client().head("/sign-in/logingov/back/?state=x&code=y").status_code == 405


def test_a_service_that_is_not_configured_does_not_exist(client: Client, db: None, settings: Settings) -> None:
    settings.OIDC_PROVIDERS = {}
    assert client.post("/sign-in/logingov/").status_code == 404
    assert client.get("/sign-in/logingov/back/").status_code == 404
    assert client.post("/sign-in/nothing/").status_code == 404


@pytest.mark.parametrize(
    ("onward", "lands"),
    [
        ("/messages/inbox/", "/messages/inbox/"),
        ("https://evil.example/", "/home/"),
        ("//evil.example/", "/home/"),
        ("/\\evil.example/", "/home/"),
        ("/\t/evil.example/", "/home/"),
        ("\\\\evil.example", "/home/"),
        ("javascript:alert(1)", "/home/"),
        ("http:evil.example", "/home/"),
        ("/%0d%0aSet-Cookie:x", "/%0d%0aSet-Cookie:x"),
        ("/\r\nSet-Cookie: x", "/home/"),
    ],
)
def test_next_leads_nowhere_else(client: Client, provider: Provider, onward: str, lands: str) -> None:
    assert sign_in(client, provider, next=onward)["Location"] == lands


def test_the_way_back_names_its_issuer_rightly_or_not_at_all(client: Client, provider: Provider) -> None:
    visit = leave(client, provider)
    assert come_back(client, visit.state, iss="https://evil.example/").status_code == 403
    assert reason() == "untrusted:answer_iss"
    visit = leave(client, provider)
    assert come_back(client, visit.state, iss="https://logingov.example.test/").status_code == 302


def test_somebody_who_cancels_may_choose_again(client: Client, provider: Provider) -> None:
    visit = leave(client, provider)
    response = client.get("/sign-in/logingov/back/", {"state": visit.state, "error": "access_denied"})
    assert response.status_code == 200
    text = response.content.decode()
    assert "You didn’t finish signing in" in text
    assert "/sign-in/idme/" in text
    assert "/account/login/" in text


# --- a service that is away, slow, or talks nonsense ---------------------------------------------------
GARBAGE = [
    Answer(b"<html>maintenance</html>", kind="text/html"),
    Answer(b"", 200),
    Answer(b"[]"),
    Answer(b"null"),
    Answer(b'{"id_token"'),
    Answer(b"\xff\xfe\x00"),
    Answer(b"[" * 100_000),
    Answer(b'{"a": "' + b"x" * 300_000 + b'"}'),
    Answer(b"{}", 500),
    Answer(b"{}", 302, headers={"Location": "http://localhost:1/"}),
    Answer(b"{}", 204),
]


@pytest.mark.parametrize("answer", GARBAGE, ids=range(len(GARBAGE)))
@pytest.mark.parametrize("path", ["/d", "/k", "/t", "/u"])
def test_garbage_is_a_clear_page(client: Client, provider: Provider, path: str, answer: Answer) -> None:
    provider.answers[path] = answer
    provider.without = {"given_name", "family_name", "birthdate", "social_security_number"}
    if path == "/d":
        response: Any = client.post("/sign-in/logingov/")
    else:
        response = sign_in(client, provider)
    assert response.status_code in {403, 503}
    text = response.content.decode()
    assert "Login.gov" in text
    assert "/account/login/" in text, "another way to sign in"
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://evil.example/"},
        {"issuer": None},
        {"token_endpoint": None},
        {"token_endpoint": "http://evil.example/t"},
        {"token_endpoint": "file:///etc/passwd"},
        {"jwks_uri": "http://10.0.0.1/k"},
        {"jwks_uri": "https://user:pass@evil.example/"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": ["x"]},
        {"userinfo_endpoint": "http://169.254.169.254/"},
        {"authorization_endpoint": "http://localhost:99999/"},
    ],
    ids=str,
)
def test_a_document_that_leads_elsewhere_is_not_followed(
    client: Client, provider: Provider, document: dict[str, Any]
) -> None:
    provider.document = document
    response = client.post("/sign-in/logingov/")
    assert response.status_code == 503
    assert sum(provider.requests.values()) == 1


@pytest.mark.parametrize("keys", [None, {}, [1, None, {"kid": "r1"}], [{"kid": "r1", "kty": "RSA", "n": 1, "e": []}]])
def test_broken_keys_are_a_clear_page(client: Client, provider: Provider, keys: Any) -> None:
    provider.keys = keys
    assert sign_in(client, provider).status_code == 403


def test_a_service_that_is_down_is_a_clear_page(client: Client, provider: Provider, settings: Settings) -> None:
    gone = f"http://localhost:{ports.free_port()}/d"
    settings.OIDC_PROVIDERS = {"logingov": provider.client(discovery_url=gone), "idme": provider.client()}
    response = client.post("/sign-in/logingov/")
    assert response.status_code == 503
    assert "We can’t reach Login.gov right now" in response.content.decode()
    assert "/sign-in/idme/" in response.content.decode()
    assert reason() == "unavailable:ConnectionRefusedError"


@pytest.mark.parametrize("path", ["/d", "/t"])
def test_a_slow_service_is_cut_off(
    client: Client, provider: Provider, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(fetch, "TIMEOUT_SECONDS", 0.4)
    provider.answers[path] = Answer(b"{" + b" " * 100, drip=0.1)
    began = time.monotonic()
    response: Any = client.post("/sign-in/logingov/") if path == "/d" else sign_in(client, provider)
    assert response.status_code == 503
    assert time.monotonic() - began < 3


def test_after_a_failure_the_next_people_do_not_wait(client: Client, provider: Provider) -> None:
    provider.answers["/d"] = Answer(b"", 500)
    for _ in range(5):
        assert client.post("/sign-in/logingov/").status_code == 503
    assert provider.requests["/d"] == 1


def test_a_service_that_comes_back_is_asked_again(client: Client, provider: Provider, hands: Hands) -> None:
    provider.answers["/d"] = Answer(b"", 500)
    assert client.post("/sign-in/logingov/").status_code == 503
    del provider.answers["/d"]
    hands.forward(metadata.LEFT_ALONE.total_seconds())
    assert client.post("/sign-in/logingov/").status_code == 200


def test_nothing_that_the_service_said_stays(
    client: Client, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    """No trait in session, trail or log; the SSN nowhere in clear."""
    sign_in(client, provider)
    kept = json.dumps(dict(client.session.items()), default=str) + caplog.text
    kept += "".join(str(row) for row in AuditEvent.objects.values_list("details", "reason", "object_id"))
    for trait in ("900-12-3456", "900123456", "Brandt", "1960-02-29"):
        assert trait not in kept
    assert not Throttle.objects.filter(key__contains="oidc").exists()


def test_the_sign_in_page_leads_to_every_service_and_keeps_where_to_go(client: Client, provider: Provider) -> None:
    text = client.get("/account/login/?next=/messages/drafts/").content.decode()
    for slug in ("dslogon", "idme", "logingov", "staffsso"):
        form = text.partition(f'action="/sign-in/{slug}/"')[2].partition("</form>")[0]
        assert 'name="next" value="/messages/drafts/"' in form
