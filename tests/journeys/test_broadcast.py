"""A triage lead sends one text to many and watches it go out; no veteran sees the others. Also without scripts."""

import datetime as dt

import pytest
from playwright.sync_api import expect

from messaging.broadcasts.making import make_broadcasts
from messaging.models import Broadcast, Conversation
from tests import factories
from tests.fixtures.browser import Axe, OpenPage
from tests.fixtures.live import LiveSite
from tests.journeys.people import make_nurse, make_veteran

TUESDAY = dt.datetime(2026, 3, 3, 15, 42, tzinfo=dt.UTC)


@pytest.mark.parametrize("how", ["desktop", "phone", "no-scripts"])
def test_a_lead_sends_to_many(live_site: LiveSite, open_page: OpenPage, axe: Axe, how: str) -> None:
    live_site.set_clock(TUESDAY)
    team = factories.make_team(public_name="Primary care")
    lead, veteran = make_nurse(team, name="Lea Lead", leads=True), make_veteran(team)
    assert veteran.record is not None
    other = factories.make_eligible_veteran(team)[1]
    blocked = factories.make_eligible_veteran(team)[1]
    factories.block(blocked, team=team)
    scripts = how != "no-scripts"
    page = open_page(phone=how == "phone", javascript=scripts)

    def look() -> None:
        if scripts:
            axe(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    lead.sign_in(page)
    page.goto("/team/open/")
    if how == "phone":
        page.get_by_role("button", name="Queues").click()
    page.get_by_role("link", name="Write to many").click()
    expect(page.get_by_role("heading", name="Write to many veterans")).to_be_visible()
    look()
    page.get_by_role("button", name="Write a message").click()
    page.get_by_label("Category").select_option("General")
    page.get_by_label("Subject").fill("Flu shots")
    page.get_by_label("Message").fill("Come by this week.")
    page.get_by_role("button", name="See who will get it").click()
    expect(page.get_by_role("alert")).to_contain_text("Paste at least one ICN")
    look()
    icns = [veteran.record.icn, other.icn, blocked.icn, "9999999999V999999"]
    page.get_by_role("textbox", name="List of ICNs").fill("\n".join(icns))
    page.get_by_role("button", name="See who will get it").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    look()
    make_broadcasts()
    page.get_by_role("link", name="Go on" if scripts else "Check how far along it is").click()
    expect(page.get_by_text("2 veterans will get this message. 2 will not.")).to_be_visible()
    look()
    page.get_by_text("Yes, send this message to 2 veterans").click()
    page.get_by_role("button", name="Send to 2 veterans").click()
    expect(page.get_by_text("0 of 2 veterans have it")).to_be_visible()
    look()
    make_broadcasts()
    page.get_by_role("link", name="Go on" if scripts else "Check how far along it is").click()
    expect(page.get_by_text("2 veterans got this message. 2 did not.")).to_be_visible()
    expect(page.get_by_role("cell", name="Blocked")).to_be_visible()
    look()
    assert (Broadcast.objects.get().state, Conversation.objects.count()) == ("done", 2)
    theirs = open_page(javascript=scripts)
    veteran.sign_in(theirs)
    theirs.goto("/messages/")
    theirs.get_by_role("link", name="Unread: ").click()
    expect(theirs.get_by_text("Come by this week.")).to_be_visible()
    expect(theirs.get_by_text(other.last_name)).to_have_count(0)
