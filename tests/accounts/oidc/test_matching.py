"""Which account and which record a verified identity gets, and who has to give way."""

import threading
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import connections
from django.test import Client

from accounts import actions as accounts
from accounts.models import Account, Credential, CredentialKind, Level, VeteranRecord
from accounts.oidc import actions
from accounts.oidc.claims import Identity, Traits, traits_of
from accounts.oidc.problems import SignInProblem
from accounts.oidc.providers import SERVICES
from smportal.actor import Actor, ActorKind
from smportal.audit.models import AuditEvent
from tests.accounts.oidc.cast import make_record
from tests.accounts.oidc.provider import NIST, PERSON, Provider, is_signed_in, sign_in
from tests.fixtures.databases import CommittedDatabase
from tests.fixtures.mail import Mailbox
from tests.signing_in import sign_in as sign_in_locally

BY = Actor.system("test")


def walter(icn: str = "1000000001V000001", **changes: Any) -> VeteranRecord:
    return make_record("Walter", "Brandt", "1960-02-29", "900123456", icn=icn, **changes)


def mhv(level: Level, record: VeteranRecord | None = None) -> Account:
    """Make a My HealtheVet account with an address to write to."""
    account = accounts.create_account(
        actor=BY, username="walter.b", email="walter@example.test", password=None, email_verified=True
    )
    accounts.set_level(actor=BY, account=account, level=level, reason="test")
    if record is not None:
        accounts.link_record(actor=BY, account=account, record_linked=record)
    return Account.objects.get(pk=account.pk)


def deeds() -> list[str]:
    return list(AuditEvent.objects.order_by("pk").values_list("deed", flat=True))


# --- nobody, several, and those whom a person must help ---------------------------------------------
@pytest.mark.parametrize(
    ("columns", "title", "code"),
    [
        ({"birth_date": "1960-02-28"}, "We couldn’t find your VA record", "no_match"),
        ({"match_name": "walter|brand"}, "We couldn’t find your VA record", "no_match"),
        ({"ssn_digest": b"0" * 32}, "We couldn’t find your VA record", "no_match"),
        ({"ssn_digest": None}, "We couldn’t find your VA record", "no_match"),
        ({"deceased": True}, "We need to correct your VA record", "deceased"),
        ({"identity_theft": True}, "We need to check your VA record first", "identity_theft"),
        ({"identity_theft": True, "deceased": True}, "We need to check your VA record first", "identity_theft"),
    ],
    ids=str,
)
def test_each_outcome_has_its_own_page(
    client: Client, provider: Provider, columns: dict[str, Any], title: str, code: str
) -> None:
    walter(**columns)
    response = sign_in(client, provider)
    text = response.content.decode()
    assert response.status_code == 403
    assert f"<h1>{title}</h1>" in text
    assert "800-698-2411" in text
    assert not is_signed_in(client)
    assert not Account.objects.exists()
    assert AuditEvent.objects.order_by("pk").values_list("deed", "reason").last() == ("sign_in_failed", code)
    for trait in ("Brandt", "1960", "900123456", "900-12-3456"):
        assert trait not in text


def test_two_records_are_never_guessed_between(client: Client, provider: Provider) -> None:
    walter()
    walter("1000000002V000002")
    response = sign_in(client, provider)
    assert "We found more than one VA record for you" in response.content.decode()
    assert not Account.objects.exists()


def test_a_merged_record_is_the_one_under_which_it_goes_on(client: Client, provider: Provider) -> None:
    new = walter("1000000002V000002")
    walter(merged_into=new)
    assert sign_in(client, provider).status_code == 302
    assert Account.objects.get().record == new


def test_traits_that_are_missing_match_nobody(client: Client, provider: Provider) -> None:
    walter(match_name="|")
    provider.without = set(PERSON)
    assert "We couldn’t find your VA record" in sign_in(client, provider).content.decode()


def test_a_record_that_is_flagged_later_closes_the_door(client: Client, provider: Provider) -> None:
    record = walter()
    sign_in(client, provider)
    VeteranRecord.objects.filter(pk=record.pk).update(identity_theft=True)
    other = Client()
    assert "We need to check your VA record first" in sign_in(other, provider).content.decode()
    assert not is_signed_in(other)


# --- joining and giving way ---------------------------------------------------------------------------
def test_a_verified_credential_joins_the_records_account(
    committed_db: CommittedDatabase, provider: Provider, mailbox: Mailbox
) -> None:
    client = Client()
    holder = mhv(Level.PREMIUM, walter())
    assert sign_in(client, provider).status_code == 302
    assert client.session["_auth_user_id"] == str(holder.pk)
    assert Account.objects.count() == 1
    assert deeds()[-2:] == ["credential_linked", "signed_in"]
    notice = mailbox.wait_for(1)[0]
    assert notice["To"] == "walter@example.test"
    text = notice.get_content()
    assert "linked to your account" in text
    assert "Brandt" not in text


def test_an_account_below_verified_gives_way(client: Client, provider: Provider) -> None:
    """Typed traits may be anybody's: the proven identity gets the record and never that account."""
    record = walter()
    squatter = mhv(Level.ADVANCED, record)
    thief = Client()
    sign_in_locally(thief, squatter, factor="")
    assert sign_in(client, provider).status_code == 302
    squatter.refresh_from_db()
    assert squatter.record is None
    assert squatter.credentials.get().level == Level.BASIC
    assert Account.objects.get(record=record).pk != squatter.pk
    assert not Credential.objects.filter(account=squatter, kind=CredentialKind.LOGINGOV).exists()
    assert {"record_unlinked", "level_changed", "record_linked"} <= set(deeds())
    assert thief.get("/account/sessions/").status_code == 302, "its sessions have ended"


def test_somebody_who_was_unverified_first_moves_to_the_account_of_the_record(
    client: Client, provider: Provider
) -> None:
    holder = mhv(Level.PREMIUM, walter())
    provider.claims = {"acr": f"{NIST}/ial/1"}
    sign_in(client, provider)
    own = Credential.objects.get(kind="logingov").account
    assert own != holder
    provider.claims = {}
    sign_in(client, provider, purpose="verify")
    assert client.session["_auth_user_id"] == str(holder.pk)
    live = Credential.objects.get(kind="logingov", unlinked_at__isnull=True)
    assert live.account == holder
    assert "credential_unlinked" in deeds()


def test_the_same_subject_at_another_service_is_somebody_else(client: Client, provider: Provider) -> None:
    provider.claims = {"acr": f"{NIST}/ial/1"}
    sign_in(client, provider)
    other = Client()
    sign_in(other, provider, "idme")
    assert client.session["_auth_user_id"] != other.session["_auth_user_id"]


def test_an_address_never_finds_an_account(client: Client, provider: Provider) -> None:
    holder = mhv(Level.PREMIUM)
    provider.claims = {"acr": f"{NIST}/ial/1", "email": "walter@example.test", "email_verified": True}
    sign_in(client, provider)
    assert client.session["_auth_user_id"] != str(holder.pk)
    assert EmailAddress.objects.get().user == holder


def test_a_disabled_account_stays_closed(client: Client, provider: Provider) -> None:
    walter()
    sign_in(client, provider)
    accounts.disable_account(actor=BY, account=Account.objects.get(), reason="test")
    other = Client()
    assert "This account is closed" in sign_in(other, provider).content.decode()
    assert not is_signed_in(other)


# --- linking to the account that one is signed in with --------------------------------------------------
def test_linking_makes_my_healthevet_premium(client: Client, provider: Provider) -> None:
    own = mhv(Level.BASIC)
    record = walter()
    sign_in_locally(client, own, factor="")
    assert "Link Login.gov" in client.get("/account/verify/").content.decode()
    assert sign_in(client, provider, purpose="link").status_code == 302
    own.refresh_from_db()
    assert own.record == record
    assert own.credentials.get(kind="mhv").level == Level.PREMIUM
    assert client.session["_auth_user_id"] == str(own.pk)
    assert client.session["portal"]["level"] == "ial2"


def test_somebody_elses_credential_cannot_be_linked(client: Client, provider: Provider) -> None:
    """Its subject belongs to another account: neither account changes."""
    walter()
    victim = Client()
    sign_in(victim, provider)
    attacker = mhv(Level.BASIC)
    sign_in_locally(client, attacker, factor="")
    response = sign_in(client, provider, purpose="link")
    assert "We couldn’t link this account" in response.content.decode()
    attacker.refresh_from_db()
    assert attacker.record is None
    assert attacker.credentials.count() == 1
    assert Credential.objects.get(kind="logingov").account != attacker


def test_a_credential_with_other_traits_cannot_be_linked(client: Client, provider: Provider) -> None:
    walter()
    own_record = make_record("Ida", "Holm", "1950-01-01", "900999999", icn="1000000009V000009")
    own = mhv(Level.PREMIUM, own_record)
    sign_in_locally(client, own)
    assert "We couldn’t link this account" in sign_in(client, provider, purpose="link").content.decode()
    own.refresh_from_db()
    assert own.record == own_record
    assert own.credentials.count() == 1


def test_the_record_of_a_verified_account_cannot_be_linked_away(client: Client, provider: Provider) -> None:
    walter()
    sign_in(Client(), provider)
    own = mhv(Level.BASIC)
    sign_in_locally(client, own, factor="")
    provider.claims = {"sub": "subject-2"}
    text = sign_in(client, provider, purpose="link").content.decode()
    assert "We couldn’t link this account" in text
    own.refresh_from_db()
    assert own.record is None


def test_an_unverified_credential_links_nothing(client: Client, provider: Provider) -> None:
    own = mhv(Level.BASIC)
    sign_in_locally(client, own, factor="")
    provider.claims = {"acr": f"{NIST}/ial/1"}
    assert "isn’t verified yet" in sign_in(client, provider, purpose="link").content.decode()
    assert own.credentials.count() == 1


def test_nobody_links_without_being_signed_in(client: Client, provider: Provider) -> None:
    walter()
    assert sign_in(client, provider, purpose="link").status_code == 302
    assert Account.objects.get().credentials.get().kind == "logingov"
    with pytest.raises(SignInProblem):
        actions.link(actor=Actor.anonymous(), identity=_identity("subject-9"))


# --- at the same moment ----------------------------------------------------------------------------------
def _traits() -> Traits | None:
    return traits_of(SERVICES["logingov"], PERSON)


def _identity(subject: str, kind: CredentialKind = CredentialKind.LOGINGOV, level: Level = Level.IAL2) -> Identity:
    return Identity(kind, "https://x.example.test/", subject, level, traits=_traits())


def _at_once(*calls: Any) -> list[Any]:
    """Run calls in threads of their own that start together; return results or exceptions."""
    start = threading.Barrier(len(calls))
    results: list[Any] = [None] * len(calls)

    def run(number: int, call: Any) -> None:
        start.wait()
        try:
            results[number] = call()
        except Exception as error:  # noqa: BLE001 - what went wrong is a result here
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=entry) for entry in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


@pytest.mark.parametrize("same", [True, False])
def test_two_sign_ups_for_one_record_end_in_one_account(committed_db: CommittedDatabase, same: bool) -> None:
    record = walter()
    for number in range(6):
        Credential.objects.all().delete()
        Account.objects.all().delete()
        subjects = [f"s{number}-{0 if same else other}" for other in range(4)]
        results = _at_once(
            *(
                lambda subject=subject: actions.sign_in(actor=Actor.anonymous(), identity=_identity(subject))
                for subject in subjects
            )
        )
        assert {getattr(result, "pk", result) for result in results} == {Account.objects.get().pk}
        assert Account.objects.get().record == record
        assert Credential.objects.filter(unlinked_at__isnull=True).count() == len(set(subjects))


def test_two_first_sign_ins_of_one_unverified_subject_end_in_one_account(committed_db: CommittedDatabase) -> None:
    results = _at_once(
        *(
            lambda: actions.sign_in(actor=Actor.anonymous(), identity=_identity("same", level=Level.IAL1))
            for _ in range(4)
        )
    )
    assert len({getattr(result, "pk", result) for result in results}) == 1
    assert Account.objects.count() == 1


def test_linking_and_signing_up_at_once_give_the_record_to_one(committed_db: CommittedDatabase) -> None:
    record = walter()
    own = mhv(Level.BASIC)
    actor = Actor(ActorKind.VETERAN, account_id=own.pk)
    results = _at_once(
        lambda: actions.link(actor=actor, identity=_identity("a")),
        lambda: actions.sign_in(actor=Actor.anonymous(), identity=_identity("b")),
    )
    holders = list(Account.objects.filter(record=record))
    assert len(holders) == 1
    assert all(isinstance(result, Account | SignInProblem) for result in results), results
