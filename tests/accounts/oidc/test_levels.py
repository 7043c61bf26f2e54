"""What the claims are taken to mean: the whole table, and everything that is not in it."""

from typing import Any

import pytest
from django.test import Client

from accounts.actions import create_service_account
from accounts.matching import match_name
from accounts.models import Account, AccountKind, Credential, Level, VeteranRecord
from accounts.oidc.claims import email_of, factor_of, level_of, traits_of
from accounts.oidc.providers import SERVICES
from accounts.sessions import Factor, counts_as_second_factor
from accounts.tiers import tier_of
from smportal.tiers import Tier
from tests.accounts.oidc.cast import make_record
from tests.accounts.oidc.provider import NIST, Provider, is_signed_in, leave, sign_in


@pytest.mark.parametrize(
    ("slug", "acr", "level", "tier"),
    [
        ("logingov", f"{NIST}/ial/1", Level.IAL1, Tier.BASIC),
        ("logingov", f"{NIST}/ial/2", Level.IAL2, Tier.VERIFIED),
        ("idme", f"{NIST}/loa/1", Level.LOA1, Tier.BASIC),
        ("idme", f"{NIST}/loa/3", Level.LOA3, Tier.VERIFIED),
        ("dslogon", "1", Level.DSLOGON1, Tier.BASIC),
        ("dslogon", "2", Level.DSLOGON2, Tier.VERIFIED),
        ("dslogon", f"{NIST}/loa/3", Level.DSLOGON2, Tier.VERIFIED),
        ("staffsso", f"{NIST}/ial/2", Level.UNKNOWN, Tier.NONE),
    ],
)
def test_each_level_of_the_identity_table(slug: str, acr: str, level: Level, tier: Tier) -> None:
    found = level_of(SERVICES[slug], {"acr": acr})
    assert found == level
    assert tier_of(SERVICES[slug].kind, found) == tier


IAL2 = f"{NIST}/ial/2"
NOT_A_LEVEL: list[dict[str, Any]] = [
    {},
    {"acr": None},
    {"acr": ""},
    {"acr": "2"},
    {"acr": 2},
    {"acr": True},
    {"acr": [IAL2]},
    {"acr": {IAL2: True}},
    {"acr": f"{IAL2} {NIST}/ial/1"},
    {"acr": IAL2 + "/"},
    {"acr": IAL2.upper()},
    {"acr": f" {IAL2}"},
    {"acr": "http://evil.example/ial/2"},
    {"acr": f"{NIST}/loa/3"},
    {"ACR": IAL2},
    {"acr_values": IAL2},
    {"level": "ial2"},
    {"acr": IAL2, "ial": ["2"]},
    {"acr": IAL2, "ial": 2},
    {"acr": [IAL2], "ial": IAL2},
]


@pytest.mark.parametrize("claims", NOT_A_LEVEL, ids=str)
def test_what_is_not_exactly_a_level_proves_nothing(claims: dict[str, Any]) -> None:
    assert level_of(SERVICES["logingov"], claims) == Level.UNKNOWN


def test_of_two_levels_the_lower_counts() -> None:
    assert level_of(SERVICES["logingov"], {"acr": IAL2, "ial": f"{NIST}/ial/1"}) == Level.IAL1
    assert level_of(SERVICES["logingov"], {"acr": f"{NIST}/ial/1", "ial": IAL2}) == Level.IAL1
    assert level_of(SERVICES["logingov"], {"acr": IAL2, "ial": IAL2}) == Level.IAL2


@pytest.mark.parametrize("claims", [{"acr": [IAL2]}, {"acr": "unheard-of"}, {"acr": 2}], ids=str)
def test_an_unknown_level_signs_in_without_record(client: Client, provider: Provider, claims: dict[str, Any]) -> None:
    make_record("Walter", "Brandt", "1960-02-29", "900123456", icn="1000000001V000001")
    provider.claims = claims
    response = sign_in(client, provider)
    assert response["Location"] == "/account/verify/"
    account = Account.objects.get()
    assert account.record is None
    assert client.session["portal"]["level"] == "unknown"
    assert client.get("/messages/").status_code == 302


def test_a_missing_level_is_no_level(client: Client, provider: Provider) -> None:
    provider.without = {"acr"}
    assert sign_in(client, provider)["Location"] == "/account/verify/"
    assert Credential.objects.get().level == Level.UNKNOWN


def test_somebody_unverified_is_sent_to_verify_and_then_holds_the_record(client: Client, provider: Provider) -> None:
    record = make_record("Walter", "Brandt", "1960-02-29", "900123456", icn="1000000001V000001")
    provider.claims = {"acr": f"{NIST}/ial/1"}
    visit = leave(client, provider)
    assert visit.parameters["acr_values"] == f"{NIST}/ial/1"
    page = client.get(sign_in(client, provider)["Location"])
    assert "Verify with Login.gov" in page.content.decode()
    own = Account.objects.get()
    assert own.record_id is None
    provider.claims = {"acr": IAL2}
    visit = leave(client, provider, purpose="verify")
    assert visit.parameters["acr_values"] == IAL2
    assert sign_in(client, provider, purpose="verify")["Location"] == "/home/"
    own.refresh_from_db()
    assert own.record_id == record.pk
    assert client.session["portal"]["level"] == "ial2"


def test_a_later_sign_in_at_a_lower_level_may_do_less(client: Client, provider: Provider) -> None:
    make_record("Walter", "Brandt", "1960-02-29", "900123456", icn="1000000001V000001")
    sign_in(client, provider)
    assert client.get("/messages/").status_code == 200
    provider.claims = {"acr": f"{NIST}/ial/1"}
    sign_in(client, provider)
    assert client.session["portal"]["level"] == "ial1"
    assert Credential.objects.get().level == Level.IAL1
    assert Account.objects.get().record is not None
    assert client.get("/messages/")["Location"] == "/eligibility/"


@pytest.mark.parametrize(
    ("amr", "factor"),
    [
        (["pwd", "otp", "mfa"], Factor.SSO),
        (["mfa"], Factor.SSO),
        (["pwd", "otp"], Factor.SSO),
        (["sc", "pin"], Factor.SSO_KEY),
        (["hwk", "fpt"], Factor.SSO_KEY),
        (["hwk"], Factor.NONE),
        (["otp"], Factor.NONE),
        (["pwd"], Factor.NONE),
        (["pwd", "sms"], Factor.NONE),
        ([], Factor.NONE),
        ("mfa", Factor.NONE),
        (["mfa", 1], Factor.NONE),
        ({"mfa": True}, Factor.NONE),
        (None, Factor.NONE),
    ],
)
def test_only_amr_shows_a_second_factor(amr: Any, factor: Factor, settings: Any) -> None:
    assert factor_of({"amr": amr}) == factor
    assert counts_as_second_factor("staff", factor) is (factor is not Factor.NONE)
    settings.STAFF_PASSKEY_ONLY = True
    assert counts_as_second_factor("staff", factor) is (factor is Factor.SSO_KEY)


@pytest.mark.parametrize(
    ("first", "last", "written_first", "written_last"),
    [
        ("Seán", "O’Connor", "SEAN", "O'CONNOR"),
        ("José Ángel", "Muñoz-Rivera", "Jose Angel", "Munoz Rivera"),
        ("", "Tuiasosopo", "", "Tuiasosopo"),
        ("Rebecca", "St. Clair", "rebecca", "ST CLAIR"),
        ("Łukasz", "Szymański", "Lukasz", "Szymanski"),
        ("Nguyễn", "Thị", "Nguyen", "THI"),
    ],
)
def test_names_match_however_they_are_written(
    client: Client, provider: Provider, first: str, last: str, written_first: str, written_last: str
) -> None:
    record = make_record(first, last, "1960-02-29", "900123456", icn="1000000001V000001")
    provider.claims = {"given_name": written_first, "family_name": written_last}
    assert sign_in(client, provider).status_code == 302
    assert VeteranRecord.objects.get(account__isnull=False) == record


@pytest.mark.parametrize(
    "changes",
    [
        {"given_name": "", "family_name": ""},
        {"given_name": None, "family_name": ["Brandt"]},
        {"birthdate": "02/29/1960"},
        {"birthdate": "1961-02-29"},
        {"birthdate": 19600229},
        {"social_security_number": "12345678"},
        {"social_security_number": "٩٠٠١٢٣٤٥٦"},
        {"social_security_number": None},
        {"family_name": "x" * 2000, "given_name": ""},
    ],
    ids=str,
)
def test_traits_that_cannot_be_read_are_none(changes: dict[str, Any]) -> None:
    right = {
        "given_name": "Walter",
        "family_name": "Brandt",
        "birthdate": "1960-02-29",
        "social_security_number": "900123456",
    }
    found = traits_of(SERVICES["logingov"], right)
    assert found is not None
    assert found.name == match_name("Walter", "Brandt")
    assert "900123456" not in repr(found)
    assert traits_of(SERVICES["logingov"], {**right, **changes}) is None


@pytest.mark.parametrize("verified", [False, None, "true", 1, "yes"])
def test_an_address_counts_only_when_the_service_verified_it(verified: Any) -> None:
    assert email_of({"email": "W@example.test", "email_verified": True}) == "w@example.test"
    assert email_of({"email": "W@example.test", "email_verified": verified}) == ""


def test_an_address_of_another_account_stays_with_that(db: None) -> None:
    from smportal.actor import Actor

    made = [
        create_service_account(
            actor=Actor.system("test"), kind=AccountKind.VETERAN, prefix="idme", email="w@example.test"
        )
        for _ in range(2)
    ]
    assert [account.email for account in made] == ["w@example.test", ""]


def test_not_signed_in_before_coming_back(client: Client, provider: Provider) -> None:
    leave(client, provider)
    assert not is_signed_in(client)
