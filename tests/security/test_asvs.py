"""Small requirements of OWASP ASVS that no test of a module shows by itself (docs/security/asvs.md names the rest)."""

import math
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from allauth.account.forms import EmailAwarePasswordResetTokenGenerator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa import app_settings as mfa
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from accounts.tokens import ResetTokens
from smportal.access import rule_for
from smportal.settings import oidc
from tests import factories
from tests.accounts.people import PASSWORD, make_person
from tests.consistency import urls
from tests.signing_in import sign_in

ROOT = Path(__file__).resolve().parents[2]
# Ways to put markup or code into a page, and to leave something behind in the browser. Pieces of pages that the portal
# itself drew, and escaped, are parsed apart by DOMParser, which runs nothing.
RISKY = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|\w+Storage\b")
# What changes how somebody signs in: it asks again who is there.
SENSITIVE = {
    "account_email": {"action_add": "", "email": "new@example.com"},
    "mfa_activate_totp": {"code": "000000"},
    "mfa_add_webauthn": {"name": "key", "credential": "{}"},
    "mfa_generate_recovery_codes": {},
}


@pytest.fixture
def signed_in(db: None) -> list[tuple[Account, Client]]:
    """A veteran, a nurse and an administrator, each with a browser of their own."""
    veteran, _, team = factories.make_eligible_veteran()
    nurse = factories.make_staff(team).account
    assert nurse is not None
    found = [(account, Client()) for account in (veteran, nurse, factories.make_administrator())]
    for account, client in found:
        sign_in(client, account)
    return found


def pages(client: Client, **query: str) -> Iterator[tuple[str, Any]]:
    for name in sorted(set(urls.names())):
        rule = rule_for(name)
        if rule and "GET" in rule.methods and name not in {"session_ended", "account_logout"}:
            yield name, client.get(urls.path_of(name), query)


def test_asvs_3_2_2_scripts_put_in_text_only_and_leave_nothing_behind() -> None:
    scripts = sorted((ROOT / "smportal" / "assets" / "js").glob("*.js"))
    assert len(scripts) >= 6
    found = {path.name: RISKY.findall(path.read_text()) for path in scripts}
    assert {name: words for name, words in found.items() if words} == {}


def test_asvs_3_5_6_no_route_wraps_an_answer_in_a_callback_or_serves_a_script(
    signed_in: list[tuple[Account, Client]],
) -> None:
    for _, client in signed_in:
        for name, response in pages(client, callback="canaryCall", jsonp="canaryCall"):
            # Django's admin serves its own translations as a script, the same for everybody.
            is_script = "script" in response.headers.get("Content-Type", "")
            assert not is_script or name == "admin:jsi18n", name
            assert b"canaryCall(" not in response.content, name


def test_asvs_6_2_7_password_managers_know_the_fields(client: Client, db: None) -> None:
    for name, word in (("account_login", "current-password"), ("account_signup", "new-password")):
        page = client.get(reverse(name)).content.decode()
        fields = re.findall(r"<input[^>]*type=\"password\"[^>]*>", page)
        assert fields, name
        assert all(f'autocomplete="{word}"' in field for field in fields), fields
        assert 'autocomplete="off"' not in page


def test_asvs_6_3_2_an_installation_begins_without_accounts(db: None) -> None:
    assert not Account.objects.exists()


def test_asvs_6_5_4_codes_have_six_digits_or_more() -> None:
    assert mfa.TOTP_DIGITS >= 6
    assert mfa.RECOVERY_CODE_DIGITS >= 6


def test_asvs_7_2_3_session_keys_hold_128_random_bits(db: None) -> None:
    store = import_module(settings.SESSION_ENGINE).SessionStore
    keys = [store()._get_new_session_key() for _ in range(50)]
    assert len(set(keys)) == 50
    assert min(map(len, keys)) * math.log2(len(set("".join(keys)))) >= 128


def test_asvs_7_4_4_every_page_offers_to_sign_out(signed_in: list[tuple[Account, Client]]) -> None:
    way_out = f'action="{reverse("account_logout")}"'.encode()
    seen = 0
    for _, client in signed_in:
        for name, response in pages(client):
            if response.status_code == 200 and response.headers["Content-Type"].startswith("text/html"):
                seen += 1
                # Django's admin has a link to the portal's page that asks before it signs out.
                assert way_out in response.content or (name.startswith("admin:") and b"logout" in response.content), (
                    name
                )
    assert seen > 30


@pytest.mark.parametrize("name", SENSITIVE)
def test_asvs_7_5_1_a_change_of_how_somebody_signs_in_asks_again(client: Client, db: None, name: str) -> None:
    """A session that has not shown password or code lately changes nothing."""
    # Without an app for the address: with one, allauth refuses the change for a reason of its own.
    account = make_person(record=True, app=name != "account_email").account
    sign_in(client, account)
    before = EmailAddress.objects.count(), Authenticator.objects.count()
    response = client.post(reverse(name), SENSITIVE[name])
    assert response.status_code == 302, response.status_code
    assert "reauthenticate" in response["Location"]
    assert (EmailAddress.objects.count(), Authenticator.objects.count()) == before


def test_asvs_6_2_3_a_new_password_needs_the_one_of_now(client: Client, db: None) -> None:
    account = make_person(record=True).account
    sign_in(client, account)
    new = "another one of these words"
    data = {"oldpassword": "not the right one at all", "password1": new, "password2": new}
    response = client.post(reverse("account_change_password"), data)
    assert response.status_code == 200
    assert "oldpassword" in response.context["form"].errors
    account.refresh_from_db()
    assert account.check_password(PASSWORD)


def test_asvs_9_2_2_a_link_of_one_purpose_does_not_serve_another(client: Client, db: None) -> None:
    account = factories.make_account(factories.make_record())
    address, _ = EmailAddress.objects.update_or_create(
        user=account, email=account.email, defaults={"verified": False, "primary": True}
    )
    confirming, resetting = EmailConfirmationHMAC(address).key, ResetTokens().make_token(account)
    assert isinstance(ResetTokens(), EmailAwarePasswordResetTokenGenerator)
    client.post(reverse("account_confirm_email", args=[resetting]))
    address.refresh_from_db()
    assert not address.verified
    uid = user_pk_to_url_str(account)
    page = client.get(reverse("account_reset_password_from_key", args=[uid, confirming]))
    assert page.status_code == 200
    assert b'name="password1"' not in page.content
    client.post(reverse("account_confirm_email", args=[confirming]))
    address.refresh_from_db()
    assert address.verified


def test_asvs_10_2_3_services_are_asked_for_no_more_than_the_match_needs() -> None:
    assert {slug: values["SCOPE"] for slug, values in oidc._DEFAULTS.items()} == {
        "dslogon": "openid",
        "idme": "openid",
        "logingov": "openid email profile:name profile:birthdate social_security_number",
        "staffsso": "openid",
    }


def test_asvs_11_4_2_passwords_are_stretched() -> None:
    assert PBKDF2PasswordHasher.iterations >= 600_000
    assert PBKDF2PasswordHasher.algorithm == "pbkdf2_sha256"
