"""Second factors: sealed seeds, one use of each code, a limit that counts atomically, no way around."""

import json
from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts import actions, attempts, factors, seeds
from accounts.models import Account
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.models import AuditEvent
from smportal.crypto.errors import UnsealError
from smportal.tiers import Tier
from tests.accounts.people import BY, PASSWORD, SECRET, Hands, Person, code_at, make_person, wrong_codes
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db
OWN_PAGE = "/account/2fa/"
CODE_PAGE = "/account/2fa/authenticate/"


def app_of(account: Account) -> Authenticator:
    """Return the account's authenticator app."""
    return Authenticator.objects.get(user=account, type="totp")


def set_up(person: Person) -> list[str]:
    """Set up an app and recovery codes through the pages; return the codes."""
    client = person.client
    assert person.password_step().status_code == 302
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.get(reverse("mfa_activate_totp"))
    with seeds.of(person.account.id):
        secret = seeds.unseal(client.session["mfa.totp.secret"])
    code = code_at(factors.current_step(), secret)
    before = client.session.session_key
    response = client.post(reverse("mfa_activate_totp"), {"code": code})
    assert response.status_code == 302, response.content
    assert client.session.session_key != before, "more rights need a new key"
    return list(client.get(response["Location"]).context["unused_codes"])


# --- Seeds at rest --------------------------------------------------------------------------------
def test_seeds_are_sealed_in_every_table(hands: Hands) -> None:
    person = make_person(app=False)
    codes = set_up(person)
    assert len(codes) == 10
    stored = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    stored += "".join(
        str(Session(session_data=row).get_decoded()) for row in Session.objects.values_list("session_data", flat=True)
    )
    with seeds.of(person.account.id):
        secret = seeds.unseal(app_of(person.account).data["secret"])
        row = Authenticator.objects.get(user=person.account, type="recovery_codes")
        seed = seeds.unseal(row.data["seed"])
    assert len(secret) == 32
    for private in (secret, seed, *codes):
        assert private not in stored


def test_pending_seed_is_sealed_in_the_session(hands: Hands) -> None:
    person = make_person(app=False)
    person.password_step()
    person.client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = person.client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    assert secret in page.content.decode()
    assert secret not in str(person.client.session.items())


def test_seed_moved_to_another_account_does_not_open(hands: Hands) -> None:
    mine, other = make_person(), make_person()
    row = app_of(mine.account)
    row.data = app_of(other.account).data
    row.save()
    with pytest.raises(UnsealError):
        factors.check_code(actor=BY, account=mine.account, code=mine.code)


def test_no_seed_without_somebody_named(hands: Hands) -> None:
    with pytest.raises(UnsealError):
        seeds.seal("text")


# --- A064: guessing -------------------------------------------------------------------------------
def test_a064_five_wrong_codes_then_even_the_right_one_waits(veteran: Person, hands: Hands) -> None:
    veteran.password_step()
    for code in wrong_codes(5):
        assert veteran.code_step(code).status_code == 200
    response = veteran.code_step()
    assert response.status_code == 200
    assert "too many times" in response.content.decode()
    failures = AuditEvent.objects.filter(deed=Deed.SIGN_IN_FAILED, reason="second_factor")
    assert failures.count() == 5
    hands.forward(factors.WINDOW_SECONDS)
    assert veteran.code_step().status_code == 302


def test_a064_recovery_codes_share_the_limit(veteran: Person) -> None:
    veteran.password_step()
    for number in range(5):
        veteran.code_step(f"{number:08}")
    assert "too many times" in veteran.code_step().content.decode()


def test_a064_a_new_session_starts_no_new_count(veteran: Person) -> None:
    for code in wrong_codes(5):
        veteran.client = Client()
        veteran.password_step()
        veteran.code_step(code)
    veteran.client = Client()
    veteran.password_step()
    assert "too many times" in veteran.code_step().content.decode()


def test_a064_hundred_failures_turn_the_app_off_but_not_the_recovery_codes(hands: Hands) -> None:
    person = make_person(app=False)
    codes = set_up(person)
    row = app_of(person.account)
    with seeds.of(person.account.id):
        row.data["secret"] = seeds.seal(SECRET)
    row.save()
    for _ in range(attempts.MOST_CONSECUTIVE):
        attempts.clear(f"factor:{person.account.id}")
        assert factors.check_code(actor=BY, account=person.account, code=wrong_codes(1)[0]) is None
    attempts.clear(f"factor:{person.account.id}")
    hands.forward(60)
    assert factors.check_code(actor=BY, account=person.account, code=person.code) is None
    assert factors.check_code(actor=BY, account=person.account, code=codes[0]) is not None
    assert AuditEvent.objects.filter(deed=Deed.SIGN_IN_FAILED, details__turned_off=True).count() == 1
    actions.factor_changed(actor=BY, account_id=person.account.id, change="totp:added", keep_session=None)
    assert factors.check_code(actor=BY, account=person.account, code=person.code) is not None


# --- A067, A071: no way around --------------------------------------------------------------------
def test_a067_password_alone_opens_nothing(veteran: Person, actor_seen: Callable[[], Actor]) -> None:
    assert veteran.password_step()["Location"] == CODE_PAGE
    for page in (OWN_PAGE, "/account/email/", "/account/2fa/totp/deactivate/", "/account/2fa/recovery-codes/"):
        response = veteran.client.get(page)
        assert (response.status_code, response["Location"].partition("?")[0]) == (302, "/account/login/")
    assert actor_seen().account_id is None
    assert "_auth_user_id" not in veteran.client.session


def test_a067_code_page_without_the_password_step(veteran: Person) -> None:
    assert Client().get(CODE_PAGE)["Location"] == "/account/login/"
    assert Client().post(CODE_PAGE, {"code": veteran.code})["Location"] == "/account/login/"


def test_a067_half_session_of_one_takes_no_code_of_another(veteran: Person, actor_seen: Callable[[], Actor]) -> None:
    other = make_person()
    row = app_of(other.account)
    with seeds.of(other.account.id):
        row.data = {"secret": seeds.seal("K" * 32)}
    row.save()
    other.password_step()
    assert other.code_step(veteran.code).status_code == 200
    assert "_auth_user_id" not in other.client.session


def test_a067_trust_cookie_is_ignored(veteran: Person) -> None:
    veteran.client.cookies["mfa_trusted"] = "forged"
    assert veteran.password_step()["Location"] == CODE_PAGE
    assert "mfa_trust" not in {name for name in veteran.client.cookies if name.startswith("mfa_trust_")}


def test_staff_without_a_second_factor_are_sent_to_set_one_up(hands: Hands) -> None:

    nurse = make_person(staff=True, app=False)
    from eligibility.models import RoleGrant
    from smportal import clock

    RoleGrant.objects.create(account=nurse.account, role="administrator", facility=None, granted_at=clock.now())
    nurse.password_step()
    response = nurse.client.get("/admin/")
    assert response["Location"] == reverse("second_factor_needed")
    page = nurse.client.get(response["Location"])
    assert page.status_code == 200
    assert reverse("mfa_activate_totp") in page.content.decode()
    assert reverse("mfa_add_webauthn") in page.content.decode()


def test_staff_without_a_team_are_told_and_not_sent_in_circles(hands: Hands) -> None:
    nurse = make_person(staff=True)
    nurse.sign_in()
    response = nurse.client.get(reverse("second_factor_needed"), follow=True)
    assert response.status_code == 200
    assert "not connected yet" in response.content.decode()


def test_setting_up_an_app_proves_it_under_a_new_key_and_ends_other_sessions(
    hands: Hands, actor_seen: Callable[[], Actor]
) -> None:
    person = make_person(app=False, record=True)
    elsewhere = Client()
    sign_in(elsewhere, person.account, factor="")
    assert elsewhere.get(OWN_PAGE).status_code == 200
    set_up(person)
    assert elsewhere.get(OWN_PAGE).status_code == 302
    assert person.client.get(OWN_PAGE).status_code == 200
    assert (actor_seen().tier, actor_seen().second_factor) == (Tier.VERIFIED, True)
    assert UserSession.objects.get(user=person.account).session_key == person.client.session.session_key
    assert AuditEvent.objects.filter(deed=Deed.FACTOR_CHANGED, reason="totp:added").exists()


def test_the_code_that_set_it_up_does_not_sign_in(hands: Hands) -> None:
    person = make_person(app=False)
    set_up(person)
    with seeds.of(person.account.id):
        secret = seeds.unseal(app_of(person.account).data["secret"])
    step = factors.current_step()
    code = code_at(step, secret)
    assert factors.check_code(actor=BY, account=person.account, code=code) is None


def test_removing_the_last_factor_takes_the_proof_away(
    veteran: Person, actor_seen: Callable[[], Actor], hands: Hands
) -> None:
    veteran.sign_in()
    veteran.client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert veteran.client.post(reverse("mfa_deactivate_totp")).status_code == 302
    veteran.client.get(OWN_PAGE)
    assert (actor_seen().tier, actor_seen().second_factor) == (Tier.ADVANCED, False)


def test_recovery_code_signs_in_once(hands: Hands) -> None:
    person = make_person(app=False)
    codes = set_up(person)
    for expected in (302, 200):
        person.client = Client()
        person.password_step()
        assert person.code_step(codes[0]).status_code == expected


def test_recovery_code_lets_staff_in_to_set_up_again_and_no_further(
    hands: Hands, actor_seen: Callable[[], Actor]
) -> None:
    nurse = make_person(staff=True, app=False)
    codes = set_up(nurse)
    nurse.client = Client()
    nurse.password_step()
    assert nurse.code_step(codes[0]).status_code == 302
    page = nurse.client.get(reverse("second_factor_needed"))
    assert "signed in with a recovery code" in page.content.decode()
    assert actor_seen().second_factor is False


# --- A068: one use ----------------------------------------------------------------------------------
def test_a068_same_code_twice(veteran: Person) -> None:
    veteran.sign_in()
    again = Person(veteran.account, Client())
    again.password_step()
    assert again.code_step().status_code == 200
    assert "_auth_user_id" not in again.client.session


@pytest.mark.parametrize("steps", [-2, -1, 1, 2])
def test_a068_other_steps_are_refused(veteran: Person, steps: int) -> None:
    veteran.password_step()
    assert veteran.code_step(code_at(factors.current_step() + steps)).status_code == 200


@pytest.mark.parametrize(("seconds", "accepted"), [(19.9, True), (20, False), (50, False)])
def test_a068_edges_of_the_step(veteran: Person, hands: Hands, seconds: float, accepted: bool) -> None:
    code = veteran.code
    assert hands.now.second % 30 == 10
    hands.forward(seconds)
    assert (factors.check_code(actor=BY, account=veteran.account, code=code) is not None) is accepted


def test_a068_older_code_after_a_newer_one(veteran: Person, hands: Hands, settings: Settings) -> None:
    settings.MFA_TOTP_TOLERANCE = 1
    older, newer = veteran.code, code_at(factors.current_step() + 1)
    assert factors.check_code(actor=BY, account=veteran.account, code=newer) is not None
    assert factors.check_code(actor=BY, account=veteran.account, code=older) is None
