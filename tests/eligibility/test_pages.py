"""The checklist and the terms of use, signed in, through the real middleware."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import Settings

from accounts.models import Level, VeteranRecord
from eligibility import texts
from eligibility.models import Association, CareTeam, Enrollment, Facility, Participation, TermsAcceptance
from eligibility.rules import Name
from smportal.audit.models import AuditEvent
from tests import factories as make
from tests.signing_in import sign_in

pytestmark = pytest.mark.django_db


def shown(client: Client, url_name: str = "eligibility") -> str:
    """Return a page's text without tags."""
    response = client.get(reverse(url_name))
    assert response.status_code == 200
    return as_text(response.content)


def as_text(content: bytes) -> str:
    body = content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def test_somebody_eligible_sees_six_met_requirements_and_may_start(client: Client) -> None:
    account, _, team = make.make_eligible_veteran()
    sign_in(client, account)
    text = shown(client)
    assert text.count("– met") == 6
    assert "Start a new message" in text
    assert team.public_name in text
    assert team.participations.get().staff_id  # the provider is known by name, not by number
    assert team.participations.get().staff_id not in text


@pytest.mark.parametrize(
    ("status", "words"),
    [("pending", "There’s no decision yet"), ("cancelled", "was cancelled"), ("rejected", "was not approved")],
)
def test_what_is_not_met_says_why_and_what_to_do(client: Client, status: str, words: str) -> None:
    account, _, _ = make.make_eligible_veteran()
    Enrollment.objects.update(status=status)
    sign_in(client, account)
    text = shown(client)
    assert "You can’t send messages yet" in text
    assert "One thing on the list below is not met" in text
    assert words in text
    assert "877-222-8387" in text
    assert "Start a new message" not in text
    assert "Read your messages" in text


def test_a_basic_account_sees_its_whole_list_and_how_to_upgrade(client: Client) -> None:
    account = make.make_account(level=Level.BASIC)
    sign_in(client, account)
    text = shown(client)
    assert "5 things on the list below are not met" in text
    assert "Verify your identity" in text
    assert "Read your messages" not in text


def test_a_premium_session_without_a_second_factor_is_told_to_set_one_up(client: Client) -> None:
    account, _, _ = make.make_eligible_veteran()
    sign_in(client, account, factor="")
    text = shown(client)
    assert "second step" in text
    assert reverse("mfa_index").encode() in client.get(reverse("eligibility")).content


@pytest.mark.parametrize("flag", ["deceased", "identity_theft"])
def test_a_locked_record_is_told_whom_to_call_and_nothing_else(client: Client, flag: str) -> None:
    account, _, _ = make.make_eligible_veteran()
    VeteranRecord.objects.update(**{flag: True})
    sign_in(client, account)
    text = shown(client)
    assert texts.VA_INFORMATION_PHONE in text
    assert "Read your messages" not in text
    assert "deceased" not in text.lower()
    assert "theft" not in text.lower()


def test_a_block_says_from_what_until_when_and_whom_to_call_but_not_why(client: Client) -> None:
    account, record, team = make.make_eligible_veteran()
    Facility.objects.update(phone="555-0123")
    make.block(record, facility=team.facility, end=dt.date(2999, 1, 31))
    sign_in(client, account)
    text = shown(client)
    assert f"You can’t send messages to any care team at {team.facility.name}" in text
    assert "Jan. 31, 2999" in text
    assert "555-0123" in text
    assert "Threatening" not in text


def test_teams_that_cannot_be_written_to_say_so(client: Client) -> None:
    account, record, _ = make.make_eligible_veteran()
    closed, silent = make.make_team(is_active=False), make.make_team()
    former = make.make_team()
    make.associate(record, closed)
    make.associate(record, silent)
    make.associate(record, former, end=dt.date(2020, 1, 1))
    sign_in(client, account)
    text = shown(client)
    assert "This team no longer receives messages" in text
    assert "No provider on this team uses secure messaging right now" in text
    assert former.public_name not in text


def test_all_met_but_no_team_to_write_to_is_no_success(client: Client) -> None:
    account, record, team = make.make_eligible_veteran()
    make.associate(record, make.make_team())
    make.block(record, team=team)
    sign_in(client, account)
    text = shown(client)
    assert "none of your care teams can receive a message" in text
    assert "Start a new message" not in text


def test_every_code_of_a_requirement_has_words_and_every_link_leads_somewhere() -> None:
    for (name, code), words in texts.WORDS.items():
        assert str(words.text).endswith((".", "?")), (name, code)
        assert not words.target or texts.url_of(words.target)
    assert set(texts.HEADINGS) == set(Name)


def test_team_names_are_shown_literally(client: Client) -> None:
    account, _, _ = make.make_eligible_veteran()
    CareTeam.objects.update(public_name="<script>alert(1)</script>")
    sign_in(client, account)
    assert b"<script>alert" not in client.get(reverse("eligibility")).content


def test_the_checklist_costs_the_same_however_many_teams_there_are(client: Client) -> None:
    account, record, _ = make.make_eligible_veteran()
    sign_in(client, account)
    client.get(reverse("eligibility"))
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("eligibility"))
        counts.append(len(queries))
        for _ in range(10):
            make.associate(record, make.make_eligible_veteran()[2])
    assert counts[0] == counts[1] <= 4


class TestTerms:
    """Reading and agreeing."""

    def test_agreeing_once_or_twice_is_noted_and_audited_once(self, client: Client, settings: Settings) -> None:
        account, record, _ = make.make_eligible_veteran()
        TermsAcceptance.objects.all().delete()
        sign_in(client, account)
        assert "Read the terms of use" in shown(client)
        assert "I agree to the terms of use" in shown(client, "terms")
        for _ in range(2):
            response = client.post(reverse("terms"), {"version": settings.TERMS_VERSION})
            assert response.status_code == 302
            assert response["Location"] == reverse("eligibility")
        assert TermsAcceptance.objects.get().account_id == account.id
        event = AuditEvent.objects.get(deed="terms_accepted")
        assert (event.subject_id, event.actor_account_id) == (record.id, account.id)
        assert event.details == {"version": settings.TERMS_VERSION}
        text = shown(client, "terms")
        assert "You agreed to these terms on" in text
        assert "I agree" not in text

    @pytest.mark.parametrize("version", ["2019-01", "", "x" * 500])
    def test_other_terms_than_the_current_are_not_agreed_to(self, client: Client, version: str) -> None:
        account, _, _ = make.make_eligible_veteran()
        TermsAcceptance.objects.all().delete()
        sign_in(client, account)
        response = client.post(reverse("terms"), {"version": version})
        assert response.status_code == 409
        assert "Please read this again" in as_text(response.content)
        assert not TermsAcceptance.objects.exists()

    def test_a_new_version_asks_again(self, client: Client, settings: Settings) -> None:
        account, _, _ = make.make_eligible_veteran()
        settings.TERMS_VERSION = "2099-01"
        sign_in(client, account)
        assert "Read the terms of use" in shown(client)
        assert "This is version 2099-01" in shown(client, "terms")


@pytest.mark.parametrize("url_name", ["eligibility", "terms"])
def test_only_veterans_see_these_pages(client: Client, url_name: str) -> None:
    response = client.get(reverse(url_name))
    assert response.status_code == 302
    assert reverse("account_login") in response["Location"]
    staff = make.make_staff().account
    assert staff is not None
    sign_in(client, staff)
    assert client.get(reverse(url_name)).status_code == 404


def test_reading_the_pages_writes_no_event(client: Client) -> None:
    account, _, _ = make.make_eligible_veteran()
    sign_in(client, account)
    before = AuditEvent.objects.count()
    shown(client)
    shown(client, "terms")
    assert AuditEvent.objects.count() == before
    assert Association.objects.count() == Participation.objects.count() == 1
