"""Limits on wrong passwords: by name and address, in the database, before hashing (A062, A065, A072)."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts import attempts
from accounts.adapters import LIMITS, WINDOW_SECONDS
from accounts.models import Throttle
from accounts.tasks import clear_expired_sessions
from smportal.audit.actions import Deed
from smportal.audit.models import AuditEvent
from tests.accounts.people import PASSWORD, Hands, Person, make_person

pytestmark = pytest.mark.django_db
WRONG = "wrong wrong wrong wrong"


@pytest.fixture
def low(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lower the wide limits: the tests are about that they hold, not how high they are."""
    monkeypatch.setitem(LIMITS, "address", 8)
    monkeypatch.setitem(LIMITS, "name", 7)


def attempt(name: str, password: str = WRONG, **extra: Any) -> str:
    """Try to sign in from a browser of one's own; tell how it ended."""
    client = Client()
    response = client.post(reverse("account_login"), {"login": name, "password": password}, **extra)
    if response.status_code in {302, 429}:
        return {302: "in", 429: "throttled"}[response.status_code]
    return "throttled" if "Too many" in str(response.context["form"].errors) else "wrong"


def test_five_wrong_then_even_the_right_one_waits(hands: Hands) -> None:
    person = make_person(app=False)
    name = person.account.username
    assert [attempt(name) for _ in range(6)] == ["wrong"] * 5 + ["throttled"]
    assert attempt(name, PASSWORD) == "throttled"
    assert AuditEvent.objects.filter(deed=Deed.SIGN_IN_FAILED).count() == 5
    hands.forward(WINDOW_SECONDS)
    assert attempt(name, PASSWORD) == "in"


def test_right_passwords_do_not_count(hands: Hands) -> None:
    person = make_person(app=False)
    assert {attempt(person.account.username, PASSWORD) for _ in range(8)} == {"in"}


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP", "True-Client-IP"])
def test_a062_a_header_does_not_dodge_the_limit(hands: Hands, header: str) -> None:
    name = make_person(app=False).account.username
    ended = [attempt(name, headers={header: f"203.0.113.{number}"}) for number in range(7)]
    assert ended == ["wrong"] * 5 + ["throttled"] * 2


def test_a062_other_names_headers_lock_nobody_out(low: None, hands: Hands) -> None:
    person = make_person(app=False)
    for number in range(LIMITS["address"] + 5):
        attempt(f"nobody{number}", REMOTE_ADDR="203.0.113.66", headers={"X-Forwarded-For": "198.51.100.1"})
    assert attempt("nobody", REMOTE_ADDR="203.0.113.66") == "throttled"
    assert attempt(person.account.username, PASSWORD, REMOTE_ADDR="198.51.100.1") == "in"


def test_somebody_elses_guesses_do_not_lock_the_owner_out_at_once(hands: Hands) -> None:
    person = make_person(app=False)
    for _ in range(7):
        attempt(person.account.username, REMOTE_ADDR="203.0.113.66")
    assert attempt(person.account.username, PASSWORD, REMOTE_ADDR="198.51.100.1") == "in"


def test_a065_a_list_of_known_pairs_is_throttled(low: None, hands: Hands) -> None:
    ended = [attempt(f"known{number}", REMOTE_ADDR="203.0.113.5") for number in range(LIMITS["address"] + 3)]
    assert ended == ["wrong"] * LIMITS["address"] + ["throttled"] * 3


def test_a065_one_name_from_many_addresses_is_throttled(low: None, hands: Hands) -> None:
    name = make_person(app=False).account.username
    ended = [attempt(name, REMOTE_ADDR=f"203.0.113.{number}") for number in range(LIMITS["name"] + 3)]
    assert ended.count("wrong") == LIMITS["name"]


def test_a072_throttled_attempts_hash_nothing(low: None, hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    from smportal.testing import FastPBKDF2PasswordHasher

    hashed: list[int] = []
    original = FastPBKDF2PasswordHasher.encode

    def counted(self: Any, *args: Any, **kwargs: Any) -> str:
        hashed.append(1)
        return original(self, *args, **kwargs)

    monkeypatch.setattr(FastPBKDF2PasswordHasher, "encode", counted)
    for number in range(LIMITS["address"] + 7):
        attempt(f"flood{number}", REMOTE_ADDR="203.0.113.5")
    assert len(hashed) <= LIMITS["address"]


def test_limits_hold_with_redis_away(hands: Hands, settings: Settings) -> None:
    settings.CACHES = {
        "default": settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0", "OPTIONS": {"socket_timeout": 1}}
    }
    person = make_person()
    name = person.account.username
    assert [attempt(name) for _ in range(6)] == ["wrong"] * 5 + ["throttled"]
    hands.forward(WINDOW_SECONDS)
    person.sign_in()
    again = Person(person.account, Client())
    again.password_step()
    assert again.code_step().status_code == 200, "a used code must not work again"
    assert "_auth_user_id" not in again.client.session


def test_throttle_keeps_no_name_and_no_address(hands: Hands) -> None:
    attempt("somebodys-name", REMOTE_ADDR="203.0.113.5")
    keys = " ".join(Throttle.objects.values_list("key", flat=True))
    assert Throttle.objects.count() == 3
    assert "somebody" not in keys
    assert "203.0" not in keys


def test_old_windows_are_deleted(hands: Hands) -> None:
    attempts.consume("x", most=1, seconds=60)
    hands.forward(61)
    assert attempts.consume("x", most=1, seconds=60)
    assert not attempts.consume("x", most=1, seconds=60)
    hands.forward(61)
    clear_expired_sessions()
    assert not Throttle.objects.exists()


def test_too_many_requests_get_a_plain_page(db: None, settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"reset_password": "1/m/ip"}
    page = reverse("account_reset_password")
    assert Client().post(page, {"email": "a@example.com"}).status_code == 302
    response = Client().post(page, {"email": "b@example.com"})
    assert response.status_code == 429
    assert "Please wait a minute" in response.content.decode()
    assert "no-store" in response["Cache-Control"]
