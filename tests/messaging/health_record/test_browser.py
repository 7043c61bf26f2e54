"""Saving to the health record in a real browser: wide, on a phone, by keyboard, without scripts."""

import pytest
from playwright.sync_api import Page, expect

from messaging.health_record.actions import relay
from messaging.models import NoteState, RecordNote
from smportal.devstack.fhir.server import Endpoint
from tests import factories
from tests.fixtures.browser import Axe, OpenPage
from tests.fixtures.live import LiveSite
from tests.journeys.people import Person, make_nurse, make_veteran
from tests.messaging.health_record.noting import SYSTEM, make_clinic
from tests.messaging.threads import Thread


class People(Thread):
    """A veteran who wrote, and a nurse who can sign in at a browser."""

    def __init__(self) -> None:
        self.team = factories.make_team(public_name="Blue team")
        veteran = make_veteran(self.team)
        assert veteran.record is not None
        self.record = veteran.record
        veteran.account.refresh_from_db()
        self.veteran, self.subject = factories.actor_for(veteran.account), "Knee pain"
        self.person: Person = make_nurse(self.team)
        assert self.person.staff is not None
        self.nurse = self.person.staff
        self.question = self.send()
        self.answer(self.question.conversation_id)
        make_clinic(self)


@pytest.fixture
def people(live_site: LiveSite) -> People:
    return People()


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def check(page: Page, axe: Axe) -> None:
    assert fits(page)
    axe(page)


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_from_a_conversation_to_the_record_and_what_is_refused(
    people: People, record_system: Endpoint, open_page: OpenPage, axe: Axe, phone: bool
) -> None:
    record_system.strangers = frozenset({people.record.icn})
    page = open_page(phone=phone)
    people.person.sign_in(page)
    page.goto(f"/team/conversations/{people.question.conversation_id}/")
    page.get_by_role("link", name="Save to the health record").click()
    check(page, axe)
    page.get_by_role("button", name="Preview the note").click()
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    check(page, axe)
    page.get_by_role("link", name="Choose at least one message").click()
    page.locator("label", has_text="veteran").click()
    page.get_by_label("Title of the note").fill("Knee pain by message")
    page.get_by_label("Clinic").select_option("Primary Care Blue")
    page.get_by_role("button", name="Preview the note").click()
    expect(page.get_by_role("region", name="Text of the note")).to_contain_text("It hurts when I climb stairs.")
    check(page, axe)
    page.get_by_role("button", name="Change it").click()
    expect(page.get_by_label("Title of the note")).to_have_value("Knee pain by message")
    page.get_by_role("button", name="Preview the note").click()
    page.get_by_role("button", name="Send to the health record").click()
    expect(page.get_by_role("heading", name="Waiting to be filed")).to_be_visible()
    check(page, axe)

    relay(actor=SYSTEM)
    page.goto("/team/health-record/")
    check(page, axe)
    page.get_by_role("link", name="note of").click()
    expect(page.get_by_role("heading", name="Not filed")).to_be_visible()
    check(page, axe)
    page.get_by_role("button", name="Give up this note").click()
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    check(page, axe)
    record_system.strangers = frozenset()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Waiting to be filed")).to_be_visible()
    relay(actor=SYSTEM)
    page.goto(f"/team/conversations/{people.question.conversation_id}/")
    expect(page.get_by_role("heading", name="Notes for the health record")).to_be_visible()
    check(page, axe)
    page.get_by_role("link", name="Note of").click()
    expect(page.get_by_role("heading", name="Filed", exact=True)).to_be_visible()
    check(page, axe)
    assert len(record_system.store.notes) == 1


def test_without_scripts_and_by_keyboard_alone(people: People, open_page: OpenPage) -> None:
    page = open_page(javascript=False)
    people.person.sign_in(page)
    page.goto(f"/team/conversations/{people.question.conversation_id}/health-record/")
    page.get_by_label("Clinic").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Preview of the note")).to_be_visible()
    page.get_by_role("region", name="Text of the note").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Waiting to be filed")).to_be_visible()
    note = RecordNote.objects.get()
    assert (note.state, len(note.message_ids)) == (NoteState.WAITING, 2)
    page.goto(f"/team/conversations/{people.question.conversation_id}/")
    expect(page.get_by_role("link", name="Note of")).to_be_visible()
