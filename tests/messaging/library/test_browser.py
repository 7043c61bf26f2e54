"""The library in a real browser: a veteran looks around, a nurse sends links, on both widths and without scripts."""

import uuid

import pytest
from playwright.sync_api import Page, expect

from messaging.library import loading
from messaging.mailbox import actions
from messaging.mailbox.content import DraftContent
from messaging.models import Message
from tests import factories
from tests.fixtures.browser import Axe, OpenPage
from tests.fixtures.live import LiveSite
from tests.journeys.people import Person, make_nurse, make_veteran
from tests.messaging.library.shelves import LIBRARIAN

NARROWEST = {"width": 320, "height": 700}


class Practice:
    """The library as it is loaded first, a nurse, and a veteran who has asked something."""

    def __init__(self) -> None:
        loading.load(actor=LIBRARIAN)
        team = factories.make_team(public_name="Dr. Lee’s primary care team", phone="555-555-0123")
        self.nurse: Person = make_nurse(team)
        self.veteran: Person = make_veteran(team)
        self.veteran.account.refresh_from_db()
        content = DraftContent(
            team_id=team.id, category="general", subject="My numbers", body="148/88. See https://www.va.gov/health/."
        )
        sent = actions.send(actor=factories.actor_for(self.veteran.account), draft_id=uuid.uuid4(), content=content)
        self.conversation_id = sent.conversation_id


@pytest.fixture
def practice(live_site: LiveSite) -> Practice:
    return Practice()


def fits(page: Page) -> None:
    """Nothing runs off the page to the side."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "narrow"])
def test_a_veteran_browses_and_searches(practice: Practice, open_page: OpenPage, axe: Axe, phone: bool) -> None:
    page = open_page(phone=phone)
    practice.veteran.sign_in(page)
    if phone:
        page.set_viewport_size(NARROWEST)  # type: ignore[arg-type]
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Health library").click()
    for step in ("browse", "topic", "both", "found", "nothing", "error"):
        if step == "topic":
            page.get_by_role("link", name="Heart and blood pressure").click()
            link = page.get_by_role("link", name="High blood pressure")
            expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
            expect(page.get_by_text("These links open other websites in a new tab.")).to_be_visible()
        elif step == "both":
            page.get_by_role("link", name="Both").click()
            expect(page.get_by_text("In Spanish").first).to_be_visible()
        elif step == "found":
            page.get_by_role("link", name="See all topics").click()
            page.get_by_label("Search the health library").fill("sleep")
            page.keyboard.press("Enter")
            expect(page.get_by_role("status").filter(has_text="We found")).to_be_visible()
        elif step in {"nothing", "error"}:
            page.get_by_label("Search the health library").fill("zebra" if step == "nothing" else "")
            page.keyboard.press("Enter")
            words = "We found nothing" if step == "nothing" else "Enter a word to search for."
            expect(page.get_by_text(words).first).to_be_visible()
        axe(page)
        fits(page)


def test_every_link_that_leaves_says_so_to_the_eye(practice: Practice, open_page: OpenPage) -> None:
    page = open_page()
    practice.veteran.sign_in(page)
    for path, count in (("/library/", 3), (f"/messages/{practice.conversation_id}/", 1)):
        page.goto(path)
        if path == "/library/":
            page.get_by_role("link", name="Sleep", exact=True).click()
        links = page.locator(".library-list a[target=_blank], .entry__body a[target=_blank]")
        expect(links).to_have_count(count)
        marks = links.evaluate_all("links => links.map(link => getComputedStyle(link, '::after').content)")
        assert all("\u2197" in mark for mark in marks), marks


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_a_nurse_sends_links_by_keyboard_and_the_veteran_sees_cards(
    practice: Practice, open_page: OpenPage, axe: Axe, phone: bool
) -> None:
    page = open_page(phone=phone)
    practice.nurse.sign_in(page)
    page.goto(f"/team/conversations/{practice.conversation_id}/")
    page.get_by_label("Your answer").fill("Please read these.")
    address = page.url
    page.get_by_role("button", name="Add links from the health library").press("Enter")
    words = page.get_by_label("Words in the title or summary")
    expect(words).to_be_focused()
    axe(page)
    words.fill("blood pressure")
    words.press("Enter")
    expect(page.get_by_text("found. Tick what should go with your message.").first).to_be_visible()
    expect(page.locator("#announcer")).to_contain_text("found. Tick what should go with your message.")
    page.get_by_role("checkbox", name="High blood pressure").press("Space")
    page.get_by_label("Topic").select_option("Sleep")
    words.fill("")
    page.get_by_role("button", name="Find links").press("Enter")
    expect(page.get_by_role("checkbox", name="Healthy sleep")).to_be_visible()
    expect(page.get_by_role("checkbox", name="High blood pressure")).to_be_checked()
    expect(page.get_by_label("Your answer")).to_have_value("Please read these.")
    assert page.url == address
    page.get_by_role("checkbox", name="Healthy sleep").press("Space")
    axe(page)
    fits(page)
    page.get_by_role("button", name="Send answer").press("Enter")
    expect(page.get_by_text("Your answer was sent.")).to_be_visible()
    expect(page.locator(".entry__cards").get_by_role("link")).to_have_count(2)
    axe(page)

    reader = open_page(phone=phone)
    practice.veteran.sign_in(reader)
    reader.goto(f"/messages/{practice.conversation_id}/")
    cards = reader.locator(".entry__cards")
    expect(cards.get_by_role("link", name="High blood pressure")).to_be_visible()
    expect(cards.get_by_text("How much sleep you need")).to_be_visible()
    axe(reader)
    fits(reader)


def test_without_scripts_the_text_stays_while_links_are_looked_for(practice: Practice, open_page: OpenPage) -> None:
    page = open_page(javascript=False)
    practice.nurse.sign_in(page)
    page.goto(f"/team/conversations/{practice.conversation_id}/")
    page.get_by_label("Your answer").fill("Please read this.")
    page.get_by_role("button", name="Add links from the health library").click()
    page.get_by_label("Words in the title or summary").fill("insomnia")
    # The Enter key looks, it never sends.
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your answer")).to_have_value("Please read this.")
    page.locator("label", has_text="Insomnia").click()
    assert Message.objects.filter(side="staff").count() == 0
    page.get_by_role("button", name="Send answer").click()
    expect(page.get_by_text("Your answer was sent.")).to_be_visible()
    expect(page.locator(".entry__cards").get_by_role("link", name="Insomnia")).to_be_visible()
