"""The staff's single sign-on: a staff id at the first time, the subject from then on, never an address."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import Account, AccountKind, Credential
from eligibility.models import StaffMember
from smportal.audit.models import AuditEvent
from tests import factories
from tests.accounts.oidc.provider import Answer, Provider, is_signed_in, sign_in

MFA = ["pwd", "otp", "mfa"]


@pytest.fixture
def nurse(db: None) -> StaffMember:
    """A staff member with an account."""
    return factories.make_staff()


def enter(provider: Provider, nurse: StaffMember, **claims: Any) -> tuple[Client, Any]:
    client = Client()
    provider.claims = {"employee_id": nurse.staff_id, "amr": MFA, **claims}
    return client, sign_in(client, provider, "staffsso")


def test_a_staff_id_finds_the_account_and_a_second_step_opens_the_inbox(provider: Provider, nurse: StaffMember) -> None:
    client, response = enter(provider, nurse)
    assert response.status_code == 302
    assert client.session["_auth_user_id"] == str(nurse.account_id)
    assert client.get("/home/", follow=True).status_code == 200
    assert client.get("/account/second-step/").status_code == 302, "nothing is missing"
    credential = Credential.objects.get(kind="staffsso")
    assert (credential.account_id, credential.subject) == (nurse.account_id, "subject-1")


@pytest.mark.parametrize("amr", [["pwd"], None, "mfa", ["pwd", "sms"]])
def test_without_a_second_step_nothing_private_shows(provider: Provider, nurse: StaffMember, amr: Any) -> None:
    client, _ = enter(provider, nurse, amr=amr)
    assert is_signed_in(client)
    assert client.get("/team/open/", follow=True).redirect_chain[-1][0] == "/account/second-step/"


def test_only_a_key_counts_where_passkeys_are_demanded(
    provider: Provider, nurse: StaffMember, settings: Settings
) -> None:
    settings.STAFF_PASSKEY_ONLY = True
    client, _ = enter(provider, nurse)
    assert client.get("/account/second-step/").status_code == 200
    client, _ = enter(provider, nurse, amr=["sc", "pin"])
    assert client.get("/account/second-step/").status_code == 302


def test_the_subject_counts_from_then_on_and_not_the_claim(provider: Provider, nurse: StaffMember) -> None:
    enter(provider, nurse)
    other = factories.make_staff()
    client, _ = enter(provider, other)
    assert client.session["_auth_user_id"] == str(nurse.account_id)


def test_a_staff_id_given_to_another_subject_is_refused(provider: Provider, nurse: StaffMember) -> None:
    enter(provider, nurse)
    client, response = enter(provider, nurse, sub="subject-2")
    assert response.status_code == 403
    assert not is_signed_in(client)
    event = AuditEvent.objects.order_by("pk").last()
    assert event is not None
    assert event.reason == "staff_unknown:other_subject"


@pytest.mark.parametrize("staff_id", ["nobody", "", None, 7, ["x"], "a\nb"])
def test_an_unknown_staff_id_is_nobody(provider: Provider, nurse: StaffMember, staff_id: Any) -> None:
    client, response = enter(provider, nurse, employee_id=staff_id, email=nurse.email, email_verified=True)
    assert response.status_code == 403
    assert "We couldn’t find your staff account" in response.content.decode()
    assert not is_signed_in(client)


def test_somebody_who_left_is_nobody(provider: Provider, nurse: StaffMember) -> None:
    StaffMember.objects.filter(pk=nurse.pk).update(is_active=False)
    client, _ = enter(provider, nurse)
    assert not is_signed_in(client)


def test_the_first_sign_in_makes_an_account_where_there_is_none(provider: Provider, nurse: StaffMember) -> None:
    StaffMember.objects.filter(pk=nurse.pk).update(account=None, email="nurse@example.test")
    client, _ = enter(provider, nurse)
    nurse.refresh_from_db()
    assert client.session["_auth_user_id"] == str(nurse.account_id)
    assert Account.objects.get(staff_member=nurse).kind == AccountKind.STAFF


def test_another_claim_may_carry_the_staff_id(provider: Provider, nurse: StaffMember, settings: Settings) -> None:
    settings.OIDC_PROVIDERS = {"staffsso": provider.client(staff_id_claim="va_id")}
    client, _ = enter(provider, nurse, employee_id="nobody", va_id=nurse.staff_id)
    assert client.session["_auth_user_id"] == str(nurse.account_id)


def test_staff_claims_at_a_veterans_service_open_no_staff_account(provider: Provider, nurse: StaffMember) -> None:
    client = Client()
    provider.claims = {"employee_id": nurse.staff_id, "amr": MFA, "acr": "unknown"}
    sign_in(client, provider, "idme")
    account = Account.objects.get(pk=client.session["_auth_user_id"])
    assert account.kind == AccountKind.VETERAN


def test_the_problem_page_offers_the_local_sign_in(provider: Provider, nurse: StaffMember) -> None:
    provider.answers["/d"] = Answer(b"", 500)
    text = Client().post("/sign-in/staffsso/").content.decode()
    assert "Staff user name and password" in text
    assert "/sign-in/idme/" not in text
