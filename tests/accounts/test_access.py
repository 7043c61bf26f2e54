"""Every URL of signing in is classified, and each keeps out whom it should (attack A063 for the admin)."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts import urls
from accounts.access import RULES
from accounts.models import Account
from eligibility.models import RoleGrant
from smportal import clock
from smportal.access import Audience
from tests import factories
from tests.accounts.people import account_of
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db
ARGUMENTS: dict[str, dict[str, Any]] = {
    "account_confirm_email": {"key": "abc"},
    "account_reset_password_from_key": {"uidb36": "1", "key": "a-b"},
    "mfa_edit_webauthn": {"pk": 1},
    "mfa_remove_webauthn": {"pk": 1},
    # A service that this installation does not have.
    "oidc_start": {"slug": "nothing"},
    "oidc_callback": {"slug": "nothing"},
}
NAMES = sorted(str(pattern.name) for pattern in urls.urlpatterns)


def test_every_url_has_a_rule_and_every_rule_a_url() -> None:
    assert sorted(RULES) == NAMES


@pytest.mark.parametrize("name", [name for name in NAMES if RULES[name].audience is Audience.ACCOUNT])
def test_own_pages_ask_to_sign_in(client: Client, name: str) -> None:
    url = reverse(name, kwargs=ARGUMENTS.get(name))
    response = client.get(url)
    assert (response.status_code, response["Location"].partition("?")[0]) == (302, reverse("account_login"))
    response = client.post(url)
    assert (response.status_code, response["Location"]) == (302, reverse("account_login"))


@pytest.mark.parametrize(
    "name", [name for name in NAMES if RULES[name].audience is Audience.PUBLIC and "GET" in RULES[name].methods]
)
def test_public_pages_answer_without_error(client: Client, name: str) -> None:
    response = client.get(reverse(name, kwargs=ARGUMENTS.get(name)))
    assert response.status_code in {200, 302, 404}, response.content


@pytest.mark.parametrize("name", [name for name in NAMES if "GET" in RULES[name].methods])
def test_own_pages_answer_their_owner(client: Client, name: str) -> None:
    sign_in(client, factories.make_account(factories.make_record()))
    response = client.get(reverse(name, kwargs=ARGUMENTS.get(name)))
    # 403: this account has neither a password nor a code to confirm itself with.
    refused = {403} if "reauthenticate" in name else set()
    assert response.status_code in {200, 302, 404} | refused, response.content
    assert "no-store" in response["Cache-Control"]


# --- The administrators' side -----------------------------------------------------------------------
def test_a063_admin_sign_in_is_the_portals_own() -> None:
    for path in ("/admin/", "/admin/login/", "/admin/login/?next=/admin/"):
        client = Client()
        response = client.get(path)
        assert response.status_code == 302, path
        assert response["Location"].startswith(reverse("account_login")), path
        posted = client.post(path, {"username": "x", "password": "y"})
        assert posted.status_code == 302, path
        assert b"password" not in posted.content


@pytest.mark.parametrize(
    ("who", "factor", "expected"),
    [
        ("administrator", "totp", "200"),
        ("administrator", "", "/account/second-step/"),
        ("administrator", "recovery_codes", "/account/second-step/"),
        ("staff", "totp", "404"),
        ("veteran", "totp", "404"),
    ],
)
def test_a063_roles_and_a_second_factor_open_the_admin(client: Client, who: str, factor: str, expected: str) -> None:
    makers: dict[str, Callable[[], Account]] = {
        "administrator": factories.make_administrator,
        "staff": lambda: account_of(factories.make_staff()),
        "veteran": lambda: factories.make_account(factories.make_record()),
    }
    account = makers[who]()
    sign_in(client, account, factor=factor)
    response = client.get("/admin/")
    assert response.headers.get("Location", str(response.status_code)) == expected


@pytest.mark.parametrize("second_factor", [True, False])
def test_a063_admin_site_asks_for_the_second_factor_itself(rf: RequestFactory, second_factor: bool) -> None:
    actor = factories.actor_for(factories.make_administrator(), second_factor=second_factor)
    request = rf.get("/admin/")
    request.actor = actor  # type: ignore[attr-defined]
    assert admin.site.has_permission(request) is second_factor


def test_a063_revoked_role_closes_the_admin(client: Client) -> None:
    account = factories.make_administrator()
    sign_in(client, account)
    assert client.get("/admin/").status_code == 200
    RoleGrant.objects.update(revoked_at=clock.now())
    assert client.get("/admin/").status_code == 404


def test_admin_signs_out_by_the_portals_page(client: Client) -> None:
    sign_in(client, factories.make_administrator())
    assert client.post("/admin/logout/")["Location"] == reverse("account_logout")


def test_no_page_of_signing_in_has_inline_script_or_style(client: Client) -> None:
    sign_in(client, factories.make_account())
    for name in NAMES:
        if "GET" in RULES[name].methods:
            text = client.get(reverse(name, kwargs=ARGUMENTS.get(name))).content.decode(errors="replace")
            assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"", text), name
            for tag in re.findall(r"<script[^>]*>", text):
                assert "src=" in tag or "application/json" in tag, (name, tag)
