"""Break glass in a real browser: the factor really shown again, and axe on every page of it."""

import re

import pytest
from playwright.sync_api import Page, expect

from accounts import actions as account_actions
from accounts.models import Account
from messaging.models import BreakGlassUse
from smportal.actor import Actor
from tests import factories
from tests.accounts.people import SECRET
from tests.fixtures.browser import Axe, OpenPage
from tests.fixtures.live import LiveSite
from tests.journeys.people import enter_code
from tests.journeys.test_every_page import enter, faults_of
from tests.messaging.making import make_conversation, make_message


def sound(page: Page, axe: Axe, title: str) -> None:
    """Assert that the page is the one with this heading, and that nothing is wrong with it."""
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    assert faults_of(page, axe, is_admin=True) == []


@pytest.mark.parametrize("phone", [True, False])
def test_asking_reading_and_reviewing(live_site: LiveSite, open_page: OpenPage, axe: Axe, phone: bool) -> None:
    conversation = make_conversation()
    make_message(conversation)
    facility = conversation.team.facility
    administrator = factories.make_administrator(facility)
    account_actions.add_authenticator_app(actor=Actor.system("test"), account=administrator, secret=SECRET)
    page = open_page(phone=phone)
    enter(page, live_site, administrator)
    ask(page, axe, str(conversation.number))
    sound(page, axe, "Conversation opened by break glass")
    expect(page.get_by_text("The zebracanary is well.")).to_be_visible()
    expect(page.get_by_text("(30 minutes left)")).to_be_visible()
    if not phone:
        review(open_page(), live_site, axe, factories.make_administrator(facility, role="privacy_officer"))


def ask(page: Page, axe: Axe, number: str) -> None:
    """Go from the list through the authenticator app to the form, err once, and open the conversation."""
    page.goto("/admin/messaging/breakglassuse/")
    page.get_by_role("link", name="Break glass", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirm that it’s you")
    enter_code(page, re.compile("Confirm|Sign in|Continue"))
    sound(page, axe, "Break glass")
    page.get_by_label("Message number").fill("12")
    page.get_by_label("Reason").fill("She called: her answer cannot be found.")
    page.get_by_role("button", name="Open this conversation").click()
    expect(page.get_by_text("Enter the 10 digits of the message number.")).to_be_visible()
    sound(page, axe, "Break glass")
    page.get_by_label("Message number").fill(number)
    page.get_by_role("button", name="Open this conversation").click()


def review(page: Page, site: LiveSite, axe: Axe, officer: Account) -> None:
    """Find the use in the list and judge it."""
    enter(page, site, officer)
    page.goto("/admin/messaging/breakglassuse/")
    expect(page.get_by_text("Not reviewed yet")).to_be_visible()
    assert faults_of(page, axe, is_admin=True) == []
    page.locator("#result_list tbody a").first.click()
    sound(page, axe, "Break-glass use")
    page.get_by_label("What did you find?").select_option("appropriate")
    page.get_by_role("button", name="Save the review").click()
    expect(page.get_by_text("Your review is saved.")).to_be_visible()
    assert BreakGlassUse.objects.get().verdict == "appropriate"
