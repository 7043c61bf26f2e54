"""Staff's search over HTTP: own teams only, words of a chosen veteran or of 90 days, each page on record."""

import datetime as dt
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.matching import match_name
from accounts.models import VeteranRecord
from messaging.inbox import actions as team_actions
from messaging.models import Conversation, SavedSearch, State
from messaging.search import team as team_queries
from smportal import clock
from smportal.audit.models import AuditEvent
from smportal.crypto.owner import OwnerKind
from tests import factories
from tests.messaging.search.making import START, make_thread
from tests.signing_in import sign_in

NOW = START + dt.timedelta(days=100)
DAY = dt.timedelta(days=1)


def named(first: str, last: str, **fields: Any) -> VeteranRecord:
    record = factories.make_record(**fields)
    record.first_name, record.last_name, record.match_name = first, last, match_name(first, last)
    record.save()
    return record


class Clinic:
    """Two teams with a nurse in one of them, and veterans who wrote to both."""

    def __init__(self) -> None:
        self.team, self.other = factories.make_team(), factories.make_team()
        self.nurse = factories.make_staff(self.team, name="Nora Nurse")
        self.ana, self.ben = named("Ana", "Rivera"), named("Ben", "Rivera")
        self.carla = named("Carla", "Núñez")
        self.old = make_thread(self.ana, self.team, "Old knee", ["It hurts."], at=START)
        self.new = make_thread(self.ana, self.team, "New knee", ["It hurts."], at=NOW - 3 * DAY)
        self.bens = make_thread(self.ben, self.team, "Ben’s knee", ["It aches."], at=NOW - 2 * DAY)
        self.foreign = make_thread(self.carla, self.other, "Foreign knee", ["It hurts."], at=NOW - DAY)
        self.browser = Client()
        assert self.nurse.account is not None
        sign_in(self.browser, self.nurse.account)

    def post(self, words: str = "", **fields: Any) -> Any:
        return self.browser.post(reverse("team_search"), {"words": words, **fields})

    def search(self, words: str = "", **fields: Any) -> list[uuid.UUID]:
        posted = self.post(words, **fields)
        assert posted.status_code == 302, posted.content.decode()
        return shown(self.browser.get(posted.headers["Location"]).content.decode())


def shown(page: str) -> list[uuid.UUID]:
    found = re.findall(r'row__title"><a href="/team/conversations/([0-9a-f-]{36})/', page)
    return [uuid.UUID(one) for one in found]


def error_of(page: str, field: str) -> str:
    found = re.search(rf'id="id_{field}_error">.*?</span> (.*?)</span>', page, re.DOTALL)
    return found.group(1) if found else ""


@pytest.fixture
def clinic(db: None) -> Iterator[Clinic]:
    with clock.at(NOW):
        yield Clinic()


def test_words_of_the_last_90_days_and_of_a_chosen_veteran_without_a_limit(clinic: Clinic) -> None:
    assert clinic.search("knee", recent="1") == [clinic.bens.id, clinic.new.id]
    assert clinic.search("knee hurts", veteran="Ana") == [clinic.new.id, clinic.old.id]
    assert clinic.search("rivera, ben", recent="1") == [clinic.bens.id]
    whole = NOW.date() - dt.timedelta(days=89)
    assert clinic.search("knee", since=whole.isoformat()) == [clinic.bens.id, clinic.new.id]


@pytest.mark.parametrize(
    "days",
    [
        {},
        {"until": "2026-06-11"},
        {"since": (NOW.date() - 90 * DAY).isoformat()},
        {"since": "2026-01-01", "until": "2026-04-01"},
    ],
)
def test_words_of_everybody_for_longer_are_refused_beside_the_day_and_kept(
    clinic: Clinic, days: dict[str, str]
) -> None:
    response = clinic.post("knee", state="new", **days)
    page = response.content.decode()
    assert response.status_code == 400
    assert "days at most 90 days apart" in error_of(page, "since")
    assert 'value="knee"' in page
    assert '<option value="new" selected>' in page
    assert not SavedSearch.objects.exists()
    assert not AuditEvent.objects.filter(deed="search_shown").exists()


def test_a_name_that_several_have_is_asked_about_and_the_names_are_on_record(clinic: Clinic) -> None:
    page = clinic.post("knee", veteran="rivera").content.decode()
    assert error_of(page, "record") == "Choose which veteran you mean."
    assert "Rivera, Ana, born May 17, 1960" in page
    event = AuditEvent.objects.get(deed="list_shown")
    assert set(event.details["records"]) == {str(clinic.ana.id), str(clinic.ben.id)}
    assert clinic.search("knee", veteran="rivera", record=str(clinic.ben.id)) == [clinic.bens.id]
    assert AuditEvent.objects.get(deed="search_shown").subject_id == clinic.ben.id
    # Another name beside a choice of before counts, not the choice.
    assert clinic.search("knee", veteran="ana", record=str(clinic.ben.id)) == [clinic.new.id, clinic.old.id]


def test_a_name_without_words_needs_no_choice(clinic: Clinic) -> None:
    assert clinic.search(veteran="RIVERA") == [clinic.bens.id, clinic.new.id, clinic.old.id]
    assert clinic.search(veteran="ana r") == [clinic.new.id, clinic.old.id]


@pytest.mark.parametrize(
    ("veteran", "words"),
    [
        ("Nunez", "No veteran of your teams has this name."),
        ("%", "Enter a name with at least one letter."),
        ("nobody", "No veteran of your teams has this name."),
    ],
)
def test_a006_a_veteran_of_another_team_is_nobody(clinic: Clinic, veteran: str, words: str) -> None:
    assert error_of(clinic.post("knee", veteran=veteran).content.decode(), "veteran") == words
    choice = clinic.post("knee", veteran=veteran, record=str(clinic.carla.id))
    assert error_of(choice.content.decode(), "veteran") == words


def test_a006_what_other_facilities_hold_changes_neither_results_nor_statements(clinic: Clinic) -> None:
    def ask() -> tuple[list[list[uuid.UUID]], list[str]]:
        found, said = [], []
        for fields in ({"words": "knee", "recent": "1"}, {"veteran": "rivera"}, {"state": "new"}):
            url = clinic.post(**fields).headers["Location"]
            with CaptureQueriesContext(connection) as statements:
                page = clinic.browser.get(url).content.decode()
            found.append(shown(page))
            said += [*re.findall(r'role="status">(.*?)<', page), str(len(statements))]
        return found, said

    ask()
    alone = ask()
    for number in range(40):
        make_thread(named("Ana", "Rivera"), clinic.other, "Knee", ["It hurts."], at=NOW - number * DAY)
    assert ask() == alone


def test_filters_of_staff(clinic: Clinic) -> None:
    colleague = factories.make_staff(clinic.team)
    Conversation.objects.filter(id=clinic.bens.id).update(assignee=colleague, category="referral")
    Conversation.objects.filter(id=clinic.new.id).update(assignee=clinic.nurse, state=State.ANSWERED)
    assert clinic.search(assignee="me") == clinic.search(state="answered") == [clinic.new.id]
    assert clinic.search(assignee="nobody") == [clinic.old.id]
    assert clinic.search(assignee=str(colleague.id)) == clinic.search(category="referral") == [clinic.bens.id]
    assert clinic.search(number=str(clinic.old.number)) == clinic.search(until="2026-03-31") == [clinic.old.id]
    assert clinic.search(number=str(clinic.foreign.number)) == []
    assert len(clinic.search(team=str(clinic.team.id))) == 3
    stranger = factories.make_staff(clinic.other)
    for fields in ({"team": str(clinic.other.id)}, {"assignee": str(stranger.id)}, {"assignee": "x"}, {"state": "x"}):
        assert clinic.post(**fields).status_code == 400


def test_internal_notes_are_found_and_named_as_such(clinic: Clinic) -> None:
    actor = factories.staff_actor(clinic.nurse)
    team_actions.add_note(actor=actor, conversation_id=clinic.new.id, draft_id=uuid.uuid4(), body="Ask the podiatrist.")
    url = clinic.post("podiatrist", recent="1").headers["Location"]
    page = clinic.browser.get(url).content.decode()
    assert shown(page) == [clinic.new.id]
    assert "Internal note, <bdi>Nora Nurse</bdi>" in page
    assert "<mark>podiatrist</mark>" in page
    assert f'href="/team/conversations/{clinic.new.id}/"' in page


def test_a_veteran_never_finds_an_internal_note(clinic: Clinic) -> None:
    actor = factories.staff_actor(clinic.nurse)
    team_actions.add_note(actor=actor, conversation_id=clinic.new.id, draft_id=uuid.uuid4(), body="Ask the podiatrist.")
    browser = Client()
    sign_in(browser, factories.make_account(clinic.ana))
    for words, found in (("podiatrist", False), ("knee", True)):
        url = browser.post(reverse("mailbox_search"), {"words": words}).headers["Location"]
        assert (str(clinic.new.id) in browser.get(url).content.decode()) is found


def test_merged_veterans_are_one(clinic: Clinic) -> None:
    earlier = named("Ana", "Oldname", merged_into=clinic.ana)
    theirs = make_thread(earlier, clinic.team, "Knee before", ["It hurts."], at=NOW - 99 * DAY)
    assert clinic.search("knee", veteran="ana rivera") == [clinic.new.id, theirs.id, clinic.old.id]


def test_a100_an_empty_page_is_on_record_too_and_the_row_holds_no_word(clinic: Clinic) -> None:
    assert clinic.search("zebracanary", recent="1") == []
    event = AuditEvent.objects.get(deed="search_shown")
    assert event.details == {"conversations": [], "has_words": True}
    assert event.actor_staff_id == clinic.nurse.id
    saved = SavedSearch.objects.get()
    assert event.object_id == str(saved.id)
    assert saved.sealing_owner().kind is OwnerKind.ACCOUNT
    assert b"zebracanary" not in bytes(saved.criteria_sealed)


def test_a017_somebody_removed_from_the_team_finds_nothing_on_a_page_of_before(clinic: Clinic) -> None:
    url = clinic.post("knee", recent="1").headers["Location"]
    assert len(shown(clinic.browser.get(url).content.decode())) == 2
    clinic.nurse.memberships.update(ended_at=NOW)
    assert shown(clinic.browser.get(url).content.decode()) == []


def test_a_colleague_cannot_open_a_search(clinic: Clinic) -> None:
    url = clinic.post("knee", recent="1").headers["Location"]
    colleague = factories.make_staff(clinic.team)
    browser = Client()
    assert colleague.account is not None
    sign_in(browser, colleague.account)
    assert browser.get(url).status_code == 404


def test_a_chosen_veteran_stays_chosen_and_can_be_changed(clinic: Clinic) -> None:
    url = clinic.post("knee", veteran="rivera", record=str(clinic.ben.id)).headers["Location"]
    page = clinic.browser.get(url).content.decode()
    assert re.search(rf'value="{clinic.ben.id}" checked', page)
    assert "Another veteran of this name" in page
    again = clinic.post("knee", veteran="rivera", record="")
    assert error_of(again.content.decode(), "record") == "Choose which veteran you mean."


def test_a_name_that_too_many_have_asks_for_more_of_it(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(team_queries, "MOST_OFFERED", 1)
    assert "More than 1 veterans" in error_of(clinic.post("knee", veteran="rivera").content.decode(), "veteran")
    monkeypatch.setattr(team_queries, "MOST_NAMED", 1)
    assert "Too many veterans" in error_of(clinic.post(veteran="rivera").content.decode(), "veteran")
