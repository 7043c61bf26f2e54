"""“My team is missing”: why, asking for it, and who may read and answer that."""

import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import Account, VeteranRecord
from eligibility import actions
from eligibility.missing_team import ANSWERS
from eligibility.models import Answer, CareTeam, Facility, Participation, TeamRequest
from smportal import clock
from smportal.actor import Actor
from smportal.audit.models import AuditEvent
from smportal.errors import Conflict, InvalidInput, NotFound, Refused
from smportal.tiers import Tier
from tests import factories as make
from tests.eligibility.test_browser import signed_in
from tests.eligibility.test_concurrency import InThread, until_somebody_waits
from tests.eligibility.test_pages import as_text
from tests.fixtures.browser import Axe, OpenPage
from tests.fixtures.databases import CommittedDatabase
from tests.fixtures.live import LiveSite
from tests.signing_in import sign_in

WORDS = "Dr. Zebracanary, the quokka clinic"


def browser_of(account: Account) -> Client:
    client = Client()
    sign_in(client, account)
    return client


class Somebody:
    """A veteran who may write to one team, and misses another at a second facility."""

    def __init__(self) -> None:
        self.account, self.record, self.team = make.make_eligible_veteran()
        self.there = make.make_facility(name="Quincy VA Clinic", phone="555-0134")
        self.actor = make.actor_for(self.account)
        self.client = browser_of(self.account)

    def url(self, facility: Facility | None = None) -> str:
        return reverse("missing_team_ask", args=((facility or self.there).station_number,))

    def page(self, facility: Facility | None = None) -> str:
        response = self.client.get(self.url(facility))
        assert response.status_code == 200
        return as_text(response.content)

    def ask(self, text: str = WORDS) -> TeamRequest:
        return actions.ask_for_team(actor=self.actor, facility_id=self.there.id, wanted=text)


@pytest.fixture
def somebody(db: None) -> Somebody:
    return Somebody()


class TestWhy:
    """Only what the veteran's own associations say, and public facts of facilities."""

    def test_a007_a_facilitys_other_teams_cannot_be_told_from_none(self, somebody: Somebody) -> None:
        before = somebody.page()
        other = make.make_team(somebody.there, public_name="Secret quokka team")
        make.participate(make.make_staff(other), other)
        make.make_eligible_veteran(other)
        assert somebody.page() == before
        assert "Our records don’t show that any care team at this facility takes care of you" in before

    def test_a_team_at_another_facility_is_named_with_its_facility(self, somebody: Somebody) -> None:
        text = somebody.page()
        assert "Your teams at other facilities" in text
        assert somebody.team.public_name in text
        assert somebody.team.facility.name in text

    def test_an_own_team_that_can_be_written_to_says_so(self, somebody: Somebody) -> None:
        assert "You can write to this team." in somebody.page(somebody.team.facility)

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ("opt out", "no provider on it uses secure messaging right now"),
            ("closed", "This team no longer receives messages"),
            ("former", "this team no longer takes care of you"),
            ("blocked", "You can’t send messages to this team right now"),
        ],
    )
    def test_each_reason_has_its_words(self, somebody: Somebody, change: str, words: str) -> None:
        match change:
            case "opt out":
                Participation.objects.update(opted_in=False)
            case "closed":
                CareTeam.objects.update(is_active=False)
            case "former":
                somebody.record.associations.update(effective_until=make.LONG_AGO)
            case _:
                make.block(somebody.record, team=somebody.team)
        assert words in somebody.page(somebody.team.facility)

    def test_facilities_are_found_by_name_and_by_number(self, somebody: Somebody) -> None:
        for query in ("quincy", somebody.there.station_number):
            found = somebody.client.get(reverse("missing_team"), {"q": query})
            assert somebody.url() in found.content.decode()
        assert "We found no facility" in as_text(
            somebody.client.get(reverse("missing_team"), {"q": "nowhere at all"}).content
        )

    def test_an_unknown_facility_is_not_found(self, somebody: Somebody) -> None:
        for method in (somebody.client.get, somebody.client.post):
            assert method(reverse("missing_team_ask", args=("000ZZ",))).status_code == 404

    def test_the_pages_are_linked_from_where_one_misses_a_team(self, somebody: Somebody) -> None:
        link = f'href="{reverse("missing_team")}"'
        assert link in somebody.client.get(reverse("eligibility")).content.decode()
        somebody.client.post(reverse("urgent_needs"))
        assert link in somebody.client.get(reverse("choose_team")).content.decode()

    def test_whoever_is_not_verified_is_sent_to_the_checklist_which_names_no_team(self, somebody: Somebody) -> None:
        client = Client()
        sign_in(client, somebody.account, factor="")
        assert client.get(somebody.url())["Location"] == reverse("eligibility")
        assert client.post(somebody.url(), {"wanted": WORDS})["Location"] == reverse("eligibility")
        assert somebody.team.public_name not in client.get(reverse("eligibility")).content.decode()


class TestAsking:
    """One open request for each facility, sealed."""

    def test_the_request_is_kept_sealed_and_its_state_shows(self, somebody: Somebody) -> None:
        response = somebody.client.post(somebody.url(), {"wanted": f"  {WORDS}\r\n"}, follow=True)
        text = as_text(response.content)
        assert "Your request was sent to the facility." in text
        assert "Nobody has answered yet" in text
        assert "Send request" not in text
        asked = TeamRequest.objects.get()
        assert (asked.record_id, asked.facility_id) == (somebody.record.id, somebody.there.id)
        assert asked.unseal_text("wanted_sealed") == WORDS
        event = AuditEvent.objects.get(deed="team_requested")
        assert (event.subject_id, event.object_id) == (somebody.record.id, str(asked.id))
        assert "Waiting for an answer" in as_text(somebody.client.get(reverse("missing_team")).content)

    def test_the_words_are_in_no_table_but_sealed(self, somebody: Somebody) -> None:
        somebody.client.post(somebody.url(), {"wanted": WORDS})
        with connection.cursor() as cursor:
            cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
            for (table,) in cursor.fetchall():
                cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text ILIKE %s', ["%ebracanar%"])
                assert cursor.fetchone() == (0,), table

    def test_posting_twice_asks_once(self, somebody: Somebody) -> None:
        for _ in range(2):
            assert somebody.client.post(somebody.url(), {"wanted": WORDS}).status_code == 302
        assert TeamRequest.objects.count() == 1

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("", "Enter the name of the team"),
            (" \n ", "Enter the name of the team"),
            ("\u200b\u202e", "Enter the name of the team"),
            ("x" * 501, "Shorten it by 1 characters"),
            ("a\x07b", "hidden characters"),
            ("a\x00b", "Null characters"),
        ],
    )
    def test_an_unusable_text_is_said_next_to_its_field_and_kept(
        self, somebody: Somebody, text: str, words: str
    ) -> None:
        response = somebody.client.post(somebody.url(), {"wanted": text})
        assert response.status_code == 400
        assert response.content.decode().count(words) == 2
        assert "x" * 501 not in text or "x" * 501 in response.content.decode()
        assert not TeamRequest.objects.exists()

    def test_five_may_wait_and_no_more(self, somebody: Somebody) -> None:
        for _ in range(5):
            actions.ask_for_team(actor=somebody.actor, facility_id=make.make_facility().id, wanted="x")
        with pytest.raises(Conflict) as refusal:
            somebody.ask()
        assert refusal.value.code == "too_many_open"
        response = somebody.client.post(somebody.url(), {"wanted": WORDS})
        assert response.status_code == 409
        assert WORDS in response.content.decode()

    def test_only_a_verified_veteran_with_a_record_asks(self, somebody: Somebody) -> None:
        others = (
            make.actor_for(somebody.account, tier=Tier.ADVANCED),
            make.actor_for(make.make_account()),
            make.staff_actor(make.make_staff()),
            Actor.anonymous(),
        )
        for actor in others:
            with pytest.raises(NotFound):
                actions.ask_for_team(actor=actor, facility_id=somebody.there.id, wanted="x")

    def test_the_database_itself_keeps_one_open(self, somebody: Somebody) -> None:
        somebody.ask()
        with pytest.raises(IntegrityError, match="team_request_one_open"), transaction.atomic():
            TeamRequest.objects.create(
                record=somebody.record,
                facility=somebody.there,
                wanted_sealed=b"x",
                asked_at=clock.now(),
                asked_by=somebody.account,
            )

    def test_two_at_once_are_one(self, committed_db: CommittedDatabase) -> None:
        who = Somebody()
        with transaction.atomic():
            who.ask()
            second = InThread(who.ask)
            until_somebody_waits(committed_db)
        assert isinstance(second.wait(), Conflict)
        assert TeamRequest.objects.count() == 1

    def test_after_a_merge_the_request_is_still_the_veterans(self, somebody: Somebody) -> None:
        somebody.ask()
        survivor = make.make_record()
        VeteranRecord.objects.filter(pk=somebody.record.pk).update(merged_into=survivor)
        assert "Nobody has answered yet" in somebody.page()


class TestAnswering:
    """The facility's administrators, in the admin."""

    def test_the_list_has_no_text_and_the_page_has_it_on_record(self, somebody: Somebody) -> None:
        asked = somebody.ask()
        admin = make.make_administrator(somebody.there)
        client = browser_of(admin)
        listed = client.get(reverse("admin:eligibility_teamrequest_changelist")).content.decode()
        assert somebody.record.icn in listed
        assert "Zebracanary" not in listed
        assert not AuditEvent.objects.filter(deed="team_request_read").exists()
        page = client.get(reverse("admin:eligibility_teamrequest_change", args=(asked.pk,))).content.decode()
        assert WORDS in page
        event = AuditEvent.objects.get(deed="team_request_read")
        assert (event.actor_account_id, event.subject_id) == (admin.id, somebody.record.id)

    def test_others_do_not_see_it(self, somebody: Somebody) -> None:
        asked = somebody.ask()
        strangers = (
            make.make_administrator(make.make_facility()),
            make.make_administrator(role="auditor"),
            make.make_administrator(role="privacy_officer"),
        )
        for account in strangers:
            response = browser_of(account).get(reverse("admin:eligibility_teamrequest_change", args=(asked.pk,)))
            assert response.status_code in {302, 403}
            actor = make.actor_for(account)
            with pytest.raises(Refused):
                actions.open_team_request(actor=actor, request_id=asked.id)
            with pytest.raises(Refused):
                actions.answer_team_request(actor=actor, request_id=asked.id, answer="call")
        assert not AuditEvent.objects.filter(deed="team_request_read").exists()

    @pytest.mark.parametrize("answer", [answer for answer in Answer if answer is not Answer.ADDED])
    def test_the_veteran_sees_the_answer_in_plain_words_and_may_ask_again(
        self, somebody: Somebody, answer: Answer
    ) -> None:
        asked = somebody.ask()
        client = browser_of(make.make_administrator(somebody.there))
        url = reverse("admin:eligibility_teamrequest_change", args=(asked.pk,))
        assert client.post(url, {"answer": answer.value}).status_code == 302
        text = somebody.page()
        assert str(ANSWERS[answer]) in text
        assert "Send request" in text
        assert AuditEvent.objects.get(deed="team_request_answered").details["answer"] == answer.value
        assert client.post(url, {"answer": "call"}).status_code == 403
        somebody.ask()

    def test_added_needs_the_association_first(self, somebody: Somebody) -> None:
        asked, admin = somebody.ask(), make.actor_for(make.make_administrator(somebody.there))
        team = make.make_team(make.make_facility(parent=somebody.there))
        with pytest.raises(InvalidInput) as refusal:
            actions.answer_team_request(actor=admin, request_id=asked.id, answer="added")
        assert refusal.value.code == "no_association"
        actions.associate(actor=admin, record_id=somebody.record.id, team_id=team.id)
        actions.answer_team_request(actor=admin, request_id=asked.id, answer="added")
        with pytest.raises(Conflict):
            actions.answer_team_request(actor=admin, request_id=asked.id, answer="call")

    def test_bad_answers_change_nothing(self, somebody: Somebody) -> None:
        asked, admin = somebody.ask(), make.actor_for(make.make_administrator())
        with pytest.raises(InvalidInput):
            actions.answer_team_request(actor=admin, request_id=asked.id, answer="perhaps")
        for act in (
            lambda: actions.answer_team_request(actor=admin, request_id=uuid.uuid4(), answer="call"),
            lambda: actions.open_team_request(actor=admin, request_id=uuid.uuid4()),
        ):
            with pytest.raises(NotFound):
                act()
        asked.refresh_from_db()
        assert (asked.answer, asked.answered_at) == ("", None)


@pytest.mark.parametrize(("phone", "javascript"), [(True, True), (False, False)])
def test_a_veteran_asks_and_reads_the_answer_in_a_browser(
    live_site: LiveSite, open_page: OpenPage, axe: Axe, phone: bool, javascript: bool
) -> None:
    who = Somebody()
    # axe is a script itself.
    check = axe if javascript else lambda _page: None
    page = signed_in(open_page(phone=phone, javascript=javascript), live_site, who.account)
    page.goto("/eligibility/")
    page.get_by_role("link", name="My care team is missing").click()
    check(page)
    page.get_by_label("Name, city or station number").fill("quincy")
    page.get_by_role("button", name="Search").click()
    check(page)
    page.get_by_role("link", name="Quincy VA Clinic").click()
    check(page)
    page.get_by_role("button", name="Send request").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter the name of the team")
    check(page)
    page.get_by_label("Which team or provider").fill(WORDS)
    page.get_by_role("button", name="Send request").click()
    expect(page.get_by_role("heading", name="This facility has your request")).to_be_visible()
    assert not javascript or page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    check(page)
    asked = TeamRequest.objects.get()
    admin = make.actor_for(make.make_administrator(who.there))
    actions.answer_team_request(actor=admin, request_id=asked.id, answer="call")
    page.goto("/missing-team/")
    expect(page.get_by_text("Please call the facility.")).to_be_visible()
    check(page)
