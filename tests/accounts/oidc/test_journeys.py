"""People sign in through the sandboxes in a real browser, by the real protocol."""

import http.client
import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_django import Settings

from accounts.models import Account, Credential, Level
from eligibility.models import StaffMember
from smportal.audit.models import AuditEvent
from smportal.devstack.world.staff import EVERYBODY
from tests import factories
from tests.accounts.oidc.cast import persona, record_of
from tests.accounts.oidc.sandbox import running
from tests.fixtures.browser import Axe, OpenPage
from tests.fixtures.live import LiveSite

HOME = re.compile(r"/home/$")


@pytest.fixture
def sandbox(live_site: LiveSite, settings: Settings) -> Iterator[str]:
    """The sandboxes as a real process, for the portal on its real port."""
    with running(settings) as url:
        yield url


def sign_in(page: Page, service: str, person: str) -> None:
    """Start from the public page; the service asks who it is."""
    page.goto("/")
    page.get_by_role("button", name=service, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{service} sandbox")
    page.get_by_role("button", name=person, exact=True).click()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_verified_logingov_account_lands_on_the_dashboard(
    live_site: LiveSite, sandbox: str, open_page: OpenPage, javascript: bool
) -> None:
    lani = persona("lani.pritchard")
    record = record_of(lani)
    page = open_page(javascript=javascript)
    sign_in(page, "Login.gov", f"{lani.full_name}: IAL2: verified")
    expect(page).to_have_url(HOME)
    account = Account.objects.get(record=record)
    credential = Credential.objects.get(account=account)
    assert (credential.kind, credential.subject, credential.level) == ("logingov", lani.subject, Level.IAL2)
    assert not Account.objects.exclude(pk=account.pk).exists()
    assert EmailAddress.objects.get(user=account).verified
    deeds = list(AuditEvent.objects.order_by("pk").values_list("deed", flat=True))
    assert deeds[-4:] == ["account_created", "record_linked", "credential_linked", "signed_in"]
    page.goto("/messages/")
    expect(page).to_have_url(re.compile(r"/messages/$"))


@pytest.mark.parametrize(
    ("service", "key", "label"),
    [("ID.me", "rafael.nieves", "LOA3: verified"), ("DS Logon", "earl.hutchinson", "Level 2 (Premium)")],
)
def test_the_other_services_verify_too(
    live_site: LiveSite, sandbox: str, page: Page, service: str, key: str, label: str
) -> None:
    """ID.me signs its answer about the person; DS Logon has names of its own for the traits."""
    person = persona(key)
    record = record_of(person)
    sign_in(page, service, f"{person.full_name}: {label}")
    expect(page).to_have_url(HOME)
    assert Account.objects.get().record == record


@pytest.mark.parametrize(
    ("service", "key", "label", "verified"),
    [
        ("Login.gov", "rebecca.stclair", "IAL1: not verified", "IAL2: verified"),
        ("ID.me", "jamal.edwards", "LOA1: not verified", "LOA3: verified"),
        ("DS Logon", "victor.salazar", "Level 1 (Basic)", "Level 2 (Premium)"),
    ],
)
def test_somebody_unverified_is_sent_to_verify(
    live_site: LiveSite, sandbox: str, open_page: OpenPage, axe: Axe, service: str, key: str, label: str, verified: str
) -> None:
    person = persona(key)
    record = record_of(person)
    page = open_page(phone=True)
    sign_in(page, service, f"{person.full_name}: {label}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Verify your identity")
    axe(page)
    page.goto("/messages/")
    expect(page).to_have_url(re.compile(r"/eligibility/$"))
    assert Account.objects.get().record is None
    page.goto("/account/verify/")
    page.get_by_role("button", name=f"Verify with {service}").click()
    page.get_by_role("button", name=f"{person.full_name}: {verified}", exact=True).click()
    expect(page).to_have_url(HOME)
    assert Account.objects.get().record == record
    page.goto("/messages/")
    expect(page).to_have_url(re.compile(r"/messages/$"))


def test_pages_that_say_no_can_be_used_by_everybody(
    live_site: LiveSite, sandbox: str, open_page: OpenPage, axe: Axe
) -> None:
    lani = persona("lani.pritchard")
    page = open_page(phone=True)
    sign_in(page, "Login.gov", f"{lani.full_name}: IAL2: verified")
    expect(page.get_by_role("heading", level=1)).to_have_text("We couldn’t find your VA record")
    expect(page.get_by_role("main").get_by_role("link", name="800-698-2411")).to_be_visible()
    axe(page)
    sign_in(page, "ID.me", "Cancel and go back")
    expect(page.get_by_role("heading", level=1)).to_have_text("You didn’t finish signing in")
    axe(page)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Please start signing in again")
    assert not Account.objects.exists()


def test_staff_sign_in_with_their_second_step_only(live_site: LiveSite, sandbox: str, open_page: OpenPage) -> None:
    hannah = next(person for person in EVERYBODY if person.sign_in == "sso")
    member = factories.make_staff()
    StaffMember.objects.filter(pk=member.pk).update(staff_id=hannah.staff_id)
    for label, lands in (("password and second step", "/team/"), ("password only", "/account/second-step/")):
        page = open_page()
        page.goto("/")
        page.get_by_role("button", name="VA staff sign-in").click()
        page.get_by_role("button", name=f"{hannah.name}: {label}", exact=True).click()
        expect(page).to_have_url(re.compile(lands))
    assert Credential.objects.get(kind="staffsso").account_id == member.account_id


# --- the sandboxes are real providers: they refuse what a real one refuses ---------------------------------
def _ask(sandbox: str, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
    """Return status, Location and body of one request."""
    connection = http.client.HTTPConnection("localhost", urlsplit(sandbox).port, timeout=60)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request(method, path, urlencode(form or {}), headers)
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, answer.getheader("Location") or "", body


def _way_there() -> tuple[str, dict[str, str]]:
    url = urlsplit(Client().post("/sign-in/logingov/").context["url"])
    return url.path, {name: values[0] for name, values in parse_qs(url.query).items()}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, 200),
        ({"client_id": "somebody"}, 400),
        ({"redirect_uri": "https://evil.example/"}, 400),
        ({"code_challenge_method": "plain"}, 400),
        ({"code_challenge": ""}, 302),
        ({"response_type": "token"}, 302),
        ({"scope": "email"}, 302),
    ],
)
def test_the_sandbox_refuses_a_wrong_request(
    live_site: LiveSite, sandbox: str, changes: dict[str, str], status: int
) -> None:
    path, parameters = _way_there()
    sent = {name: value for name, value in {**parameters, **changes}.items() if value}
    found, location, _ = _ask(sandbox, "GET", f"{path}?{urlencode(sent)}")
    assert found == status
    if status == 302:
        assert "error=" in location
        assert location.startswith(live_site.url)


def test_the_sandbox_gives_a_token_to_its_client_only(live_site: LiveSite, sandbox: str) -> None:
    path, parameters = _way_there()
    who = {"key": "lani.pritchard", "level": "ial2"}
    _, location, _ = _ask(sandbox, "POST", f"{path}?{urlencode(parameters)}", who)
    code = parse_qs(urlsplit(location).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": parameters["redirect_uri"]}
    status, _, body = _ask(sandbox, "POST", "/logingov/token", {**form, "code_verifier": "a" * 43})
    assert (status, "id_token" in body) == (401, False)
    forged = {
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": "x",
    }
    assert _ask(sandbox, "POST", "/logingov/token", {**form, **forged})[0] == 401
