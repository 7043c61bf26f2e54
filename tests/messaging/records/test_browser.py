"""Reading and keeping a conversation in a real browser: wide, on a phone, by keyboard, without scripts."""

import datetime as dt
import os

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, expect

from messaging.disclosure import disclose
from messaging.models import Draft, Message
from messaging.records.archive.making import make_archives
from smportal import clock
from smportal.actor import Actor
from tests import factories
from tests.fixtures.browser import Axe, OpenPage
from tests.fixtures.live import LiveSite
from tests.journeys.people import Person, make_nurse, make_veteran
from tests.messaging.threads import DAY, Thread


class People(Thread):
    """The same veteran and nurse as people who can sign in at a browser, with five messages between them."""

    def __init__(self) -> None:
        self.team = factories.make_team(public_name="Blue team", phone="555-555-0123")
        self.person: Person = make_veteran(self.team)
        member = make_nurse(self.team)
        assert member.staff is not None
        self.nurse, self.subject = member.staff, "Knee pain"
        self.person.account.refresh_from_db()
        self.veteran = factories.actor_for(self.person.account)

    def talk(self, began: dt.datetime) -> Message:
        with clock.at(began):
            first = self.send("First: it hurts when I climb stairs.")
        for number in range(1, 4):
            with clock.at(began + number * DAY / 4):
                self.answer(first.conversation_id, f"Answer {number}: rest it.")
            with clock.at(began + number * DAY / 4 + DAY / 8):
                self.reply(first.conversation_id, f"Reply {number}: thank you.")
        with clock.at(began + DAY):
            disclose(actor=factories.staff_actor(self.nurse), conversation_id=first.conversation_id)
        return first


@pytest.fixture
def people(live_site: LiveSite) -> People:
    return People()


def picture(page: Page, name: str) -> None:
    """Keep a picture where somebody asked for one."""
    if folder := os.environ.get("RECORDS_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_reading_ordering_and_keeping_a_conversation(
    people: People, open_page: OpenPage, axe: Axe, phone: bool
) -> None:
    first = people.talk(clock.now() - 2 * DAY)
    page = open_page(phone=phone)
    size = "phone" if phone else "desktop"
    people.person.sign_in(page)
    page.goto(f"/messages/{first.conversation_id}/")
    oldest, latest = (
        page.locator(".entry__body", has_text=text) for text in ("First: it hurts", "Reply 3: thank you.")
    )
    expect(latest).to_be_visible()
    expect(oldest).not_to_be_visible()
    assert fits(page)
    axe(page)
    picture(page, f"conversation-{size}")
    # By keyboard: the folded message opens from its head line, then all the others by one button.
    page.locator(".thread summary").first.focus()
    page.keyboard.press("Enter")
    expect(oldest).to_be_visible()
    page.get_by_role("button", name="Open all messages").press("Enter")
    expect(page.locator(".entry__body", has_text="Answer 1: rest it.")).to_be_visible()
    expect(page.get_by_text("Opened by your care team on").first).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Show newest first").click()
    expect(page.locator(".thread .entry__body").first).to_have_text("Reply 3: thank you.")
    page.get_by_role("link", name="Who opened my messages").click()
    expect(page.get_by_text("Nora Nurse")).to_be_visible()
    assert fits(page)
    axe(page)
    picture(page, f"opened-{size}")
    page.get_by_role("link", name="Back to the conversation").click()
    # The choice of order is remembered.
    expect(page.get_by_role("button", name="Show oldest first")).to_be_visible()
    page.get_by_role("link", name="Download as a PDF").click()
    expect(page.get_by_role("button", name="Download the PDF")).to_be_visible()
    axe(page)
    picture(page, f"notice-{size}")
    with page.expect_download() as started:
        page.get_by_role("button", name="Download the PDF").click()
    assert started.value.suggested_filename == f"secure-message-{first.number}.pdf"
    page.goto(f"/messages/{first.conversation_id}/copy/print/")
    page.get_by_role("button", name="Show the page to print").click()
    expect(oldest).to_be_visible()
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    assert fits(page)
    axe(page)
    picture(page, f"print-{size}")


def test_a053_a_copy_to_print_cannot_be_seen_after_signing_out(people: People, open_page: OpenPage) -> None:
    first = people.talk(clock.now() - 2 * DAY)
    page = open_page()
    people.person.sign_in(page)
    page.goto(f"/messages/{first.conversation_id}/copy/print/")
    page.get_by_role("button", name="Show the page to print").click()
    expect(page.get_by_text("First: it hurts")).to_be_visible()
    page.goto("/account/logout/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You’re signed out.")).to_be_visible()
    # The browser has kept nothing of it, and shows a page of its own instead.
    with pytest.raises(PlaywrightError, match="ERR_CACHE_MISS"):
        for _ in range(3):
            page.go_back()
            expect(page.get_by_text("First: it hurts")).to_have_count(0)


def test_without_scripts_all_is_on_paper_and_the_veteran_can_say_that_no_answer_is_needed(
    people: People, open_page: OpenPage
) -> None:
    first = people.talk(clock.now() - 2 * DAY)
    page = open_page(javascript=False, phone=True)
    people.person.sign_in(page)
    page.goto(f"/messages/{first.conversation_id}/")
    page.emulate_media(media="print")
    expect(page.locator(".entry__body", has_text="First: it hurts")).to_be_visible()
    expect(page.locator(".entry__first-words").first).not_to_be_visible()
    expect(page.get_by_role("heading", name="Reply")).not_to_be_visible()
    page.emulate_media(media="screen")
    page.get_by_text("I no longer need an answer").click()
    page.get_by_role("button", name="Tell my care team").click()
    expect(page.get_by_text("We told your care team that you no longer need an answer.")).to_be_visible()
    expect(page.get_by_text("you told your care team that you no longer need an answer")).to_be_visible()
    expect(page.get_by_text("Answer due by")).to_have_count(0)
    page.get_by_role("button", name="Send a copy to another team").last.click()
    expect(page.get_by_text("This is a copy of your message to Blue team")).to_be_visible()
    expect(page.get_by_label("Message", exact=True)).to_have_value("Reply 3: thank you.")
    assert Draft.objects.get().copy_of_id is not None


def test_after_the_window_a_new_conversation_goes_on(people: People, open_page: OpenPage, axe: Axe) -> None:
    first = people.talk(clock.now() - 60 * DAY)
    page = open_page(phone=True)
    people.person.sign_in(page)
    page.goto(f"/messages/{first.conversation_id}/")
    expect(page.get_by_text("Your care team’s answer is late")).to_be_visible()
    axe(page)
    picture(page, "window-closed-phone")
    page.get_by_role("button", name="Continue as a new conversation").click()
    expect(page.get_by_text("This continues your conversation with Blue team")).to_be_visible()
    axe(page)
    page.get_by_label("Message", exact=True).fill("It came back.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your message was sent")
    page.get_by_role("link", name="See your message").click()
    page.get_by_role("link", name="Open the earlier conversation").click()
    expect(page.get_by_role("link", name="Open the later conversation")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no-scripts"])
def test_everything_as_one_archive(people: People, open_page: OpenPage, axe: Axe, javascript: bool) -> None:
    people.talk(clock.now() - 2 * DAY)
    page = open_page(phone=True, javascript=javascript)
    people.person.sign_in(page)
    page.goto("/messages/everything/")
    page.get_by_role("button", name="Make my copy").click()
    expect(page.get_by_text("0 of 1 conversations")).to_be_visible()
    if javascript:
        axe(page)
        picture(page, "archive-making-phone")
    make_archives(actor=Actor.system("archives"))
    page.get_by_role("link", name="Go on" if javascript else "Check how far along it is").click()
    expect(page.get_by_text("Your copy is ready")).to_be_visible()
    if javascript:
        axe(page)
        picture(page, "archive-ready-phone")
    page.get_by_role("link", name="Get my copy").click()
    with page.expect_download() as started:
        page.get_by_role("button", name="Download my copy").click()
    assert started.value.suggested_filename == "secure-messages.zip"
