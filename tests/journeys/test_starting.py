"""A clerk writes to a veteran first; the veteran finds it as new and answers. Also on a phone and without scripts."""

import datetime as dt

import pytest
from playwright.sync_api import expect

from messaging.models import Conversation, Draft, Obligation
from tests import factories
from tests.fixtures.browser import Axe, OpenPage
from tests.fixtures.live import LiveSite
from tests.journeys.people import make_nurse, make_veteran

TUESDAY = dt.datetime(2026, 3, 3, 15, 42, tzinfo=dt.UTC)


@pytest.mark.parametrize("how", ["desktop", "phone", "no-scripts"])
def test_a_clerk_starts_a_conversation(live_site: LiveSite, open_page: OpenPage, axe: Axe, how: str) -> None:
    live_site.set_clock(TUESDAY)
    team = factories.make_team(public_name="Primary care")
    clerk, veteran = make_nurse(team, name="Cleo Clerk"), make_veteran(team)
    assert veteran.record is not None
    scripts = how != "no-scripts"
    page = open_page(phone=how == "phone", javascript=scripts)
    clerk.sign_in(page)
    page.goto("/team/open/")
    page.get_by_role("link", name="Write to a veteran").click()
    page.get_by_label("Veteran’s name or ICN").fill("nobody of this name")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("alert")).to_contain_text("No veteran of this team has this name or ICN.")
    if scripts:
        axe(page)
    page.get_by_label("Veteran’s name or ICN").fill(veteran.record.last_name)
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("radio")).to_be_checked()
    if scripts:
        axe(page)
    page.get_by_role("button", name="Write to this veteran").click()
    expect(page.get_by_text(f"{veteran.record.last_name}, Alex")).to_be_visible()
    page.get_by_role("button", name="Send to the veteran").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose a category")
    if scripts:
        axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_label("Category").select_option("Test result")
    page.get_by_label("Subject").fill("Your blood test")
    page.get_by_label("Message").fill("Please come in on Monday.")
    if scripts:
        expect(page.locator("[data-autosave-line]")).to_contain_text("Saved at")
        assert Draft.objects.get().unseal_text("body_sealed") == "Please come in on Monday."
    page.get_by_role("button", name="Send to the veteran").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your blood test")
    conversation = Conversation.objects.get()
    theirs = open_page(javascript=scripts)
    veteran.sign_in(theirs)
    theirs.goto("/messages/")
    expect(theirs.get_by_role("link", name="Unread: ")).to_contain_text("Your blood test")
    theirs.get_by_role("link", name="Unread: ").click()
    theirs.get_by_label("Your reply").fill("I will be there.")
    theirs.get_by_role("button", name="Send").click()
    expect(theirs.get_by_role("heading", level=1)).to_be_visible()
    assert Obligation.objects.get().conversation_id == conversation.id
