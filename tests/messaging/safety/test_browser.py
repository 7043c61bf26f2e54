"""The choice page in a real browser: on a phone, without scripts, with the double click of a worried person."""

import os

import pytest
from playwright.sync_api import Page, expect

from messaging.models import Message
from tests import factories
from tests.fixtures.browser import Axe, OpenPage
from tests.fixtures.live import LiveSite
from tests.journeys.people import make_nurse, make_veteran

DANGER = "Good morning.\nI have crushing chest pain since an hour ago."


def write(page: Page, body: str) -> None:
    page.goto("/messages/urgent-needs/")
    page.get_by_role("button", name="My question can wait").click()
    page.get_by_text("Blue team").first.click()
    page.get_by_label("Category").select_option("General")
    page.get_by_label("Subject").fill("Hello")
    page.get_by_label("Message", exact=True).fill(body)
    page.get_by_role("button", name="Send", exact=True).click()


def picture(page: Page, name: str) -> None:
    """Keep a picture where somebody asked for one."""
    if folder := os.environ.get("SAFETY_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no-scripts"])
def test_a_worried_person_is_asked_goes_back_and_sends_anyway(
    live_site: LiveSite, open_page: OpenPage, axe: Axe, phone: bool, javascript: bool
) -> None:
    team = factories.make_team(public_name="Blue team", phone="555-555-0123")
    make_nurse(team)
    veteran = make_veteran(team)
    page = open_page(phone=phone, javascript=javascript)
    veteran.sign_in(page)
    write(page, DANGER)
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Do you need help now?")
    expect(heading).to_be_focused()
    expect(page.get_by_role("link", name="Call 988, then press 1: Veterans Crisis Line")).to_be_in_viewport()
    expect(page.get_by_role("link", name="555-555-0123").first).to_be_visible()
    assert "chest" not in page.url
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    if javascript:
        axe(page)
    picture(page, f"choice-{'phone' if phone else 'desktop'}")
    page.get_by_role("button", name="Go back and change it").click()
    expect(page.get_by_label("Message", exact=True)).to_have_value(DANGER)
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_role("button", name="Send anyway").dblclick()
    expect(heading).to_have_text("Your message was sent")
    assert Message.objects.get().possibly_urgent
