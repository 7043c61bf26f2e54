"""Passkeys: second step, sign-in alone, and what attack A069 tries."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.models import AuditEvent
from smportal.tiers import Tier
from tests.accounts.people import PASSWORD, Hands, Person, make_person
from tests.accounts.soft_passkey import SoftPasskey

pytestmark = pytest.mark.django_db
OWN_PAGE = "/account/2fa/"
CODE_PAGE = "/account/2fa/authenticate/"
Owner = tuple[Person, SoftPasskey]


def here() -> Client:
    """Return a browser at localhost: an address is no valid name for passkeys."""
    return Client(headers={"Host": "localhost"})


@pytest.fixture
def owner(hands: Hands) -> Owner:
    """Somebody who has registered a passkey through the pages."""
    person = Person(make_person(app=False, record=True).account, here())
    passkey = SoftPasskey()
    person.password_step()
    person.client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = person.client.get(reverse("mfa_add_webauthn"))
    answer = passkey.register(page.context["js_data"]["creation_options"])
    response = person.client.post(
        reverse("mfa_add_webauthn"), {"credential": answer, "passwordless": "on", "name": "Phone"}
    )
    assert response.status_code == 302, response.context["form"].errors
    return person, passkey


def second_step(owner: Owner, change: Callable[[Any], Any] = lambda options: options) -> bool:
    """Sign in with password and passkey; return whether it worked."""
    person, passkey = owner
    client = here()
    client.post(reverse("account_login"), {"login": person.account.username, "password": PASSWORD})
    options = client.get(CODE_PAGE).context["js_data"]["request_options"]
    client.post(CODE_PAGE, {"credential": passkey.sign(change(options))})
    return "_auth_user_id" in client.session


def test_registering_proves_a_second_factor(actor_seen: Callable[[], Actor], owner: Owner) -> None:
    person, _ = owner
    person.client.get(OWN_PAGE)
    assert (actor_seen().second_factor, actor_seen().tier) == (True, Tier.VERIFIED)
    assert AuditEvent.objects.filter(deed=Deed.FACTOR_CHANGED, reason="webauthn:added").exists()


def test_second_step(owner: Owner) -> None:
    assert second_step(owner)
    assert AuditEvent.objects.filter(deed=Deed.SIGNED_IN).order_by("-id")[0].details["factor"] == "webauthn"


def alone(passkey: SoftPasskey) -> Client:
    """Sign in with the passkey alone; return the browser."""
    client = here()
    page = reverse("mfa_login_webauthn")
    options = json.loads(client.get(page, headers={"Accept": "application/json"}).content)["request_options"]
    client.post(page, {"credential": passkey.sign(options)})
    return client


def test_passkey_alone_signs_in_as_verified(owner: Owner, actor_seen: Callable[[], Actor]) -> None:
    client = alone(owner[1])
    client.get(OWN_PAGE)
    assert (actor_seen().second_factor, actor_seen().tier) == (True, Tier.VERIFIED)


def test_passkey_alone_of_a_disabled_account(owner: Owner) -> None:
    Account.objects.update(is_active=False)
    assert "_auth_user_id" not in alone(owner[1]).session


@pytest.mark.parametrize(
    "origin",
    ["http://localhost:9999", "http://evil.localhost", "https://evil.example", "http://localhost.evil.example"],
)
def test_a069_other_origin(owner: Owner, origin: str) -> None:
    owner[1].origin = origin
    assert not second_step(owner)
    assert "_auth_user_id" not in alone(owner[1]).session
    owner[1].origin = "http://localhost"
    assert second_step(owner)


def test_a069_old_challenge(owner: Owner) -> None:
    old: list[Any] = []

    def keep(options: Any) -> Any:
        old.append(options)
        return options

    assert second_step(owner, keep)
    assert not second_step(owner, lambda _: old[0])


@pytest.mark.parametrize("back", [1, 2])
def test_a069_counter_that_does_not_grow(owner: Owner, back: int) -> None:
    assert second_step(owner)
    assert second_step(owner)
    owner[1].counter -= back
    assert not second_step(owner)


def test_passkey_that_does_not_count(owner: Owner) -> None:
    owner[1].counter = -1
    assert second_step(owner)
    owner[1].counter = -1
    assert second_step(owner)


def test_a069_other_key(owner: Owner) -> None:
    owner[1].key = SoftPasskey().key
    assert not second_step(owner)


def test_confirming_with_a_passkey_gives_a_new_key(owner: Owner) -> None:
    person, passkey = owner
    before = person.client.session.session_key
    page = reverse("mfa_reauthenticate_webauthn")
    options = person.client.get(page).context["js_data"]["request_options"]
    assert person.client.post(page, {"credential": passkey.sign(options), "next": OWN_PAGE})["Location"] == OWN_PAGE
    assert person.client.session.session_key != before
    assert person.client.get(OWN_PAGE).status_code == 200
