"""allauth's pages in our templates: strict about undefined variables, one h1 each, a real title."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from smportal import clock
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db

OPEN = ("account_login", "account_signup", "account_reset_password", "account_reset_password_done", "account_inactive",
        "account_email_verification_sent", "account_reset_password_from_key_done")  # fmt: skip
SIGNED_IN = ("account_logout", "account_change_password", "account_email", "account_reauthenticate", "mfa_index",
             "mfa_activate_totp", "mfa_list_webauthn", "mfa_add_webauthn", "usersessions_list")  # fmt: skip


@pytest.fixture
def account() -> Account:
    account = Account(username="maria.alvarez", email="maria@example.org", created_at=clock.now())
    account.set_password("a-long-enough-password")
    account.save()
    EmailAddress.objects.create(user=account, email=account.email, verified=True, primary=True)
    return account


def check(client: Client, name: str) -> str:
    response = client.get(reverse(name), follow=True)
    page = response.content.decode()
    assert response.status_code == 200
    assert page.count("<h1") == 1
    assert re.search(r"<title>[^<|]*\w[^<|]*\| Secure Messaging</title>", page)
    assert "{" not in re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    return page


@pytest.mark.parametrize("name", OPEN)
def test_before_signing_in(client: Client, name: str) -> None:
    assert "data-signed-in" not in check(client, name)


@pytest.mark.parametrize("name", SIGNED_IN)
def test_signed_in(client: Client, account: Account, name: str) -> None:
    sign_in(client, account, factor="")
    client.post(reverse("account_reauthenticate"), {"password": "a-long-enough-password"})

    page = check(client, name)

    assert "data-signed-in" in page
    assert ("Confirm that it’s you" in page) == (name == "account_reauthenticate")


def test_an_outdated_reset_link_says_so(client: Client) -> None:
    page = client.get(reverse("account_reset_password_from_key", args=["1", "x-y"]), follow=True).content.decode()

    assert "This link doesn’t work any more" in page


def test_an_unknown_confirmation_link_says_so(client: Client) -> None:
    page = client.get(reverse("account_confirm_email", args=["nonsense"])).content.decode()

    assert "This link doesn’t work any more" in page
