"""Search in a real browser: a veteran on a desktop and a phone, by keyboard, without scripts; and a nurse."""

import datetime as dt

import pytest
from playwright.sync_api import Page, expect

from tests import factories
from tests.fixtures.browser import Axe, OpenPage
from tests.fixtures.live import LiveSite
from tests.journeys.test_every_page import enter
from tests.messaging.search.making import START, make_thread

NOW = START + dt.timedelta(days=10)


@pytest.fixture
def clinic(live_site: LiveSite) -> "Clinic":
    live_site.set_clock(NOW)
    return Clinic()


class Clinic:
    """A veteran with more conversations about a knee than one page shows, and a nurse of the team."""

    def __init__(self) -> None:
        self.veteran, record, team = factories.make_eligible_veteran(factories.make_team(public_name="Knee clinic"))
        nurse = factories.make_staff(team)
        assert nurse.account is not None
        self.nurse = nurse.account
        for number in range(26):
            make_thread(record, team, f"Visit {number}", ["It hurts."], at=START + dt.timedelta(hours=number))
        make_thread(record, team, "Pills", ["About the pills.", "Take ibuprofen twice."], at=START)


def fits(page: Page, *widths: int) -> None:
    for width in widths:
        page.set_viewport_size({"width": width, "height": 700})
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (page.url, width)


@pytest.mark.parametrize(("phone", "scripts"), [(False, True), (True, True), (True, False)])
def test_a_veteran_searches_reads_comes_back_and_goes_on(
    clinic: Clinic, live_site: LiveSite, open_page: OpenPage, axe: Axe, phone: bool, scripts: bool
) -> None:
    check = axe if scripts else lambda _: None
    page = open_page(phone=phone, javascript=scripts)
    page.goto("/")
    enter(page, live_site, clinic.veteran)
    page.goto("/messages/")
    check(page)
    page.get_by_label("Search all messages").fill("ibuprofen pills")
    page.get_by_label("Search all messages").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Search results")
    expect(page.get_by_role("status").filter(has_text="1 conversation found.")).to_be_visible()
    expect(page.locator("mark").filter(has_text="ibuprofen")).to_be_visible()
    assert "ibuprofen" not in page.url + page.title()
    check(page)
    fits(page, 320, 375 if phone else 1280)
    page.get_by_role("link", name="Pills").click()
    expect(page.get_by_text("Take ibuprofen twice.")).to_be_in_viewport()
    page.go_back()
    expect(page.get_by_label("Search for")).to_have_value("ibuprofen pills")
    page.reload()
    expect(page.get_by_role("link", name="Pills")).to_be_visible()
    page.get_by_label("Search for").fill("visit")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_text("Conversations 1 to 25 shown. More may follow.")).to_be_visible()
    page.get_by_role("link", name="Show more results").click()
    expect(page.get_by_text("That is all: 26 conversations found.")).to_be_visible()
    expect(page.get_by_role("link", name="Visit 0", exact=True)).to_be_visible()
    page.get_by_text("More search options").click()
    page.get_by_label("Folder", exact=True).select_option("Trash")
    page.get_by_role("button", name="Search with these options").click()
    expect(page.get_by_role("heading", name="We found nothing")).to_be_visible()
    expect(page.get_by_text("More search options (1 in use)")).to_be_visible()
    check(page)


def test_an_error_of_a_filter_is_met_by_keyboard_alone(
    clinic: Clinic, live_site: LiveSite, open_page: OpenPage, axe: Axe
) -> None:
    page = open_page()
    page.goto("/")
    enter(page, live_site, clinic.veteran)
    page.goto("/messages/search/")
    page.get_by_label("Message number").focus()
    page.keyboard.type("12")
    page.keyboard.press("Enter")
    expect(page.locator("[data-error-summary]")).to_be_focused()
    expect(page).to_have_title("Error: Search your messages | Secure Messaging")
    axe(page)
    page.locator("[data-error-summary] a").first.press("Enter")
    expect(page.get_by_label("Message number")).to_be_focused()
    expect(page.get_by_label("Message number")).to_have_value("12")
    page.get_by_label("Message number").fill("")
    page.get_by_label("Search for").focus()
    page.keyboard.type("knee")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Conversations 1 to 25 shown.")).to_be_visible()


def test_a_nurse_is_asked_whose_words_and_finds_them(
    clinic: Clinic, live_site: LiveSite, open_page: OpenPage, axe: Axe
) -> None:
    page = open_page()
    page.goto("/")
    enter(page, live_site, clinic.nurse)
    page.goto("/team/open/")
    page.get_by_label("Search the last 90 days").fill("ibuprofen")
    page.get_by_label("Search the last 90 days").press("Enter")
    expect(page.get_by_text("1 conversation found.")).to_be_visible()
    expect(page.get_by_role("link", name="Pills")).to_be_visible()
    axe(page)
    page.get_by_text("By veteran, day or state").click()
    page.get_by_role("link", name="Clear all").click()
    expect(page.get_by_text("1 conversation found.")).to_have_count(0)
    axe(page)
    page.get_by_label("Search for").fill("ibuprofen")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    expect(page.get_by_label("Search for")).to_have_value("ibuprofen")
    axe(page)
    page.get_by_label("Veteran’s name").fill("Alex")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.get_by_text("1 conversation found.")).to_be_visible()
    page.get_by_text("By veteran, day or state").click()
    expect(page.get_by_role("radio").first).to_be_checked()
    axe(page)
    fits(page, 320)
