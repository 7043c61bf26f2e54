"""Connecting a Basic account by typed traits: one match connects, everything else is one and the same answer."""

import datetime as dt
import logging
import re

import pytest
from allauth.account.models import EmailAddress
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.matching import match_name
from accounts.models import Account, Credential, CredentialKind, Level, VeteranRecord
from accounts.oidc import actions as oidc
from accounts.oidc.claims import Identity, Traits
from accounts.traits import actions
from accounts.traits.forms import TraitsForm
from smportal.actor import Actor
from smportal.audit.models import AuditEvent
from smportal.crypto.digests import ssn_digest
from smportal.errors import Refused
from smportal.tiers import Tier
from tests import factories as make
from tests.accounts.people import Hands
from tests.eligibility.test_concurrency import InThread, until_somebody_waits
from tests.fixtures.databases import CommittedDatabase
from tests.fixtures.mail import Mailbox
from tests.signing_in import sign_in

SSN = "900123456"
BORN = dt.date(1952, 2, 29)
TYPED = {
    "first_name": "José",
    "last_name": "O’Brien-Núñez",
    "birth_date_year": "1952",
    "birth_date_month": "2",
    "birth_date_day": "29",
    "ssn": "900-12-3456",
}
TRAITS = Traits(name=match_name("Jose", "OBrien Nunez"), born=BORN, ssn=SSN)


def make_known(
    *, name: tuple[str, str] = ("Jose", "O'Brien Nunez"), deceased: bool = False, identity_theft: bool = False
) -> VeteranRecord:
    record = make.make_record(deceased=deceased, identity_theft=identity_theft)
    pepper, digest = ssn_digest(SSN)
    VeteranRecord.objects.filter(pk=record.pk).update(
        match_name=match_name(*name), birth_date=BORN, ssn_pepper=pepper, ssn_digest=digest
    )
    return VeteranRecord.objects.get(pk=record.pk)


def make_basic() -> Account:
    account = make.make_account(level=Level.BASIC)
    EmailAddress.objects.create(user=account, email=account.email, verified=True, primary=True)
    return account


def signed_in(account: Account, *, factor: str = "") -> Client:
    client = Client()
    sign_in(client, account, factor=factor)
    return client


def level_of(account: Account) -> str:
    return Credential.objects.get(account=account, kind=CredentialKind.MHV).level


def comparisons() -> list[str]:
    return list(AuditEvent.objects.filter(deed="traits_compared").order_by("id").values_list("reason", flat=True))


class TestOneMatch:
    """The traits fit exactly one free record."""

    def test_the_account_is_connected_becomes_advanced_and_stays_signed_in(
        self, committed_db: CommittedDatabase, mailbox: Mailbox
    ) -> None:
        record, account = make_known(), make_basic()
        client, elsewhere = signed_in(account), signed_in(account)
        key = client.session.session_key
        response = client.post(reverse("connect_record"), TYPED)
        assert response.status_code == 302
        account.refresh_from_db()
        assert account.record_id == record.id
        assert level_of(account) == Level.ADVANCED
        assert comparisons() == ["matched"]
        assert {"record_linked", "level_changed"} <= set(AuditEvent.objects.values_list("deed", flat=True))
        assert "connected to your VA health record" in mailbox.wait_for(1)[0].get_content()
        page = client.get(response["Location"])
        assert "Your account is connected" in page.content.decode()
        assert client.session.session_key != key
        assert client.session["portal"]["level"] == Level.ADVANCED
        assert elsewhere.get(reverse("eligibility")).status_code == 302

    @pytest.mark.parametrize(
        ("kept", "typed"),
        [
            (("Mary-Ann", "D'Souza"), ("MARY ANN", "d’souza")),
            (("Zoë", "Łukasz"), ("Zoe", "Lukasz")),
            (("", "Cher"), ("", "cher")),
            (("Sukarno", ""), ("Sukarno", " ")),
            (("Anna", "Lee"), ("Anna", "Lee\u200b")),
        ],
    )
    def test_names_are_compared_as_people_write_them(
        self, db: None, kept: tuple[str, str], typed: tuple[str, str]
    ) -> None:
        record, account = make_known(name=kept), make_basic()
        first, last = typed
        signed_in(account).post(reverse("connect_record"), TYPED | {"first_name": first, "last_name": last})
        account.refresh_from_db()
        assert account.record_id == record.id

    @pytest.mark.parametrize("ssn", ["900 12 3456", "900–12–3456", " 900123456 ", "900.12.3456"])
    def test_an_ssn_may_be_set_apart_in_any_way(self, db: None, ssn: str) -> None:
        form = TraitsForm(TYPED | {"ssn": ssn})
        assert form.is_valid(), form.errors
        assert form.traits() == TRAITS

    def test_a_merged_record_leads_to_the_one_that_survives(self, db: None) -> None:
        survivor = make_known()
        old = make_known()
        VeteranRecord.objects.filter(pk=old.pk).update(merged_into=survivor)
        account = make_basic()
        signed_in(account).post(reverse("connect_record"), TYPED)
        account.refresh_from_db()
        assert account.record_id == survivor.id


def nobody() -> None:
    make.make_record()


def several() -> None:
    make_known()
    make_known()


def deceased() -> None:
    make_known(deceased=True)


def flagged() -> None:
    make_known(identity_theft=True)


def taken() -> None:
    make.make_account(make_known())


def other_birth_date() -> None:
    record = make_known()
    VeteranRecord.objects.filter(pk=record.pk).update(birth_date=dt.date(1952, 3, 1))


def other_ssn() -> None:
    VeteranRecord.objects.filter(pk=make_known().pk).update(ssn_digest=ssn_digest("900123457")[1])


def no_ssn_known() -> None:
    VeteranRecord.objects.filter(pk=make_known().pk).update(ssn_digest=None, ssn_pepper="")


WHYS = {
    "no_match": nobody,
    "several_matches": several,
    "deceased": deceased,
    "identity_theft": flagged,
    "taken": taken,
    "birth date differs": other_birth_date,
    "ssn differs": other_ssn,
    "record without an ssn": no_ssn_known,
}


def refusal() -> tuple[int, str, int]:
    """Return status, page and number of statements of one try, whatever changes with every page left out."""
    account = make.make_account(level=Level.BASIC, username=f"probe{Account.objects.count()}x")
    client = signed_in(account)
    with CaptureQueriesContext(connection) as queries:
        response = client.post(reverse("connect_record"), TYPED)
    account.refresh_from_db()
    assert account.record_id is None
    assert level_of(account) == Level.BASIC
    text = re.sub(
        r'csrfmiddlewaretoken" value="\w+"|probe\d+x|<!--.*?-->', "", response.content.decode(), flags=re.DOTALL
    )
    return response.status_code, text, len(queries)


@pytest.mark.parametrize("why", WHYS)
def test_nobody_learns_whether_somebody_exists(db: None, why: str) -> None:
    unknown = refusal()
    WHYS[why]()
    assert refusal() == unknown
    assert unknown[0] == 403
    assert "We couldn’t connect your account" in unknown[1]
    assert comparisons() == ["no_match", why if "_" in why or why in {"deceased", "taken"} else "no_match"]
    assert not AuditEvent.objects.filter(deed="record_linked").exists()


class TestTries:
    """Five a day for each account."""

    def test_the_sixth_is_not_compared_even_when_right(self, db: None, hands: Hands) -> None:
        account = make_basic()
        client = signed_in(account)
        for _ in range(5):
            assert client.post(reverse("connect_record"), TYPED | {"ssn": "900000000"}).status_code == 403
        make_known()
        response = client.post(reverse("connect_record"), TYPED)
        assert response.status_code == 429
        assert "Please try again tomorrow" in response.content.decode()
        assert comparisons() == [*["no_match"] * 5, "too_many_tries"]
        hands.forward(24 * 3600)
        assert signed_in(account).post(reverse("connect_record"), TYPED).status_code == 302

    def test_another_account_has_its_own(self, db: None) -> None:
        first = signed_in(make_basic())
        for _ in range(6):
            first.post(reverse("connect_record"), TYPED)
        make_known()
        assert signed_in(make_basic()).post(reverse("connect_record"), TYPED).status_code == 302

    def test_what_is_no_answer_at_all_costs_no_try(self, db: None) -> None:
        client = signed_in(make_basic())
        for _ in range(6):
            assert client.post(reverse("connect_record"), TYPED | {"ssn": "12"}).status_code == 400
        assert comparisons() == []

    def test_a064_twenty_tries_at_once_are_five(self, committed_db: CommittedDatabase) -> None:
        actor = make.actor_for(make_basic(), tier=Tier.BASIC)
        threads = [InThread(lambda: actions.connect(actor=actor, traits=TRAITS)) for _ in range(20)]
        refused = [error for thread in threads if (error := thread.wait())]
        assert len(refused) == 15
        assert all(isinstance(error, Refused) and error.code == "too_many_tries" for error in refused)
        assert sorted(comparisons()) == [*["no_match"] * 5, *["too_many_tries"] * 15]


class TestForm:
    """What is typed wrongly shows next to its field; the SSN never comes back."""

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"ssn": ""}, "Enter your Social Security number"),
            ({"ssn": "90012345"}, "Enter all 9 digits"),
            ({"ssn": "9001234567"}, "Enter all 9 digits"),
            ({"ssn": "٩٠٠١٢٣٤٥٦"}, "Enter all 9 digits"),
            ({"ssn": "9" * 5000}, "Enter all 9 digits"),
            ({"first_name": " ", "last_name": "-"}, "Enter your name"),
            ({"last_name": "x" * 201}, "Enter a shorter name"),
            ({"birth_date_year": "1953"}, "Enter a date of birth that exists"),
            ({"birth_date_year": "2999", "birth_date_day": "1"}, "Enter your own date of birth"),
            ({"birth_date_year": "", "birth_date_month": "", "birth_date_day": ""}, "Enter your date of birth"),
            ({"first_name": "a\x00b"}, "Null characters are not allowed"),
        ],
    )
    def test_an_error_says_what_to_do_and_keeps_the_rest(self, db: None, change: dict[str, str], words: str) -> None:
        typed = TYPED | change
        response = signed_in(make_basic()).post(reverse("connect_record"), typed)
        text = response.content.decode()
        assert response.status_code == 400
        assert text.count(words) == 2, "in the summary and next to the field"
        assert "<title>Error: " in text
        assert typed["ssn"] not in text or not typed["ssn"]
        assert typed["last_name"] in text or "\x00" in typed["first_name"]

    def test_the_ssn_is_in_no_page_log_trail_or_table(self, db: None, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        make_known()
        client = signed_in(make_basic())
        pages = [
            client.post(reverse("connect_record"), TYPED | {"first_name": "Somebody"}),
            client.post(reverse("connect_record"), TYPED | {"birth_date_day": "77"}),
            client.post(reverse("connect_record"), TYPED, follow=True),
        ]
        kept = "".join(page.content.decode() for page in pages)
        said = caplog.text + "".join(str(record.__dict__) for record in caplog.records)
        trail = str(list(AuditEvent.objects.values()))
        for canary in ("900-12-3456", SSN):
            assert canary not in kept
            assert canary not in said
            assert canary not in trail
        with connection.cursor() as cursor:
            cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
            for (table,) in cursor.fetchall():
                cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text ~ %s', ["900-?12-?3456"])
                assert cursor.fetchone() == (0,), table


class TestWhoMayTry:
    """A My HealtheVet account below Premium without a record."""

    def test_whoever_is_connected_sees_what_comes_next(self, db: None) -> None:
        client = signed_in(make.make_account(make.make_record(), level=Level.ADVANCED))
        text = client.get(reverse("connect_record")).content.decode()
        assert "Bring 2 documents" in text
        assert client.post(reverse("connect_record"), TYPED)["Location"] == reverse("connect_record")
        assert comparisons() == []

    @pytest.mark.parametrize("linked", [True, False])
    def test_the_checklist_leads_here(self, db: None, linked: bool) -> None:
        account = make.make_account(make.make_record() if linked else None, level=Level.ADVANCED)
        text = signed_in(account).get(reverse("eligibility")).content.decode()
        assert reverse("connect_record") in text
        assert ("See how to make it Premium" in text) is linked

    def test_a_premium_account_has_nothing_left_to_do(self, db: None) -> None:
        client = signed_in(make.make_account(make.make_record()), factor="totp")
        assert "nothing more to do" in client.get(reverse("connect_record")).content.decode()

    @pytest.mark.parametrize("level", [None, Level.PREMIUM])
    def test_other_accounts_are_shown_their_own_way(self, db: None, level: Level | None) -> None:
        make_known()
        account = make.make_account(level=level)
        for response in (
            signed_in(account).get(reverse("connect_record")),
            signed_in(account).post(reverse("connect_record"), TYPED),
        ):
            assert response["Location"] == reverse("oidc_verify")
        with pytest.raises(Refused):
            actions.connect(actor=make.actor_for(account, tier=Tier.BASIC), traits=TRAITS)
        account.refresh_from_db()
        assert account.record_id is None

    def test_staff_have_no_such_page(self, db: None) -> None:
        staff = make.make_staff().account
        assert staff is not None
        assert signed_in(staff, factor="totp").get(reverse("connect_record")).status_code == 404


class TestRaces:
    """One record is never two accounts'."""

    def test_two_sign_ups_for_one_record_one_wins(self, committed_db: CommittedDatabase) -> None:
        record = make_known()
        first, second = make_basic(), make_basic()
        outcome: list[bool] = []

        def try_second() -> None:
            outcome.append(actions.connect(actor=make.actor_for(second, tier=Tier.BASIC), traits=TRAITS))

        with transaction.atomic():
            assert actions.connect(actor=make.actor_for(first, tier=Tier.BASIC), traits=TRAITS)
            waiting = InThread(try_second)
            until_somebody_waits(committed_db)
        assert waiting.wait() is None
        assert outcome == [False]
        assert Account.objects.get(record=record).pk == first.pk
        assert comparisons() == ["matched", "taken"]

    def test_a_verified_identity_takes_the_record_and_the_typed_one_falls_back(
        self, committed_db: CommittedDatabase
    ) -> None:
        record, typed = make_known(), make_basic()
        assert actions.connect(actor=make.actor_for(typed, tier=Tier.BASIC), traits=TRAITS)
        identity = Identity(CredentialKind.LOGINGOV, "https://login.example", "abc", Level.IAL2, traits=TRAITS)
        proven = oidc.sign_in(actor=Actor.anonymous(), identity=identity)
        assert proven.record_id == record.id
        typed.refresh_from_db()
        assert typed.record_id is None
        assert level_of(typed) == Level.BASIC
        assert not actions.connect(actor=make.actor_for(typed, tier=Tier.BASIC), traits=TRAITS)
