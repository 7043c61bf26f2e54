"""A nurse has herself reminded on a phone without scripts; on that morning it waits at her desk, and she ends it by keyboard."""

import datetime as dt
import uuid

from playwright.sync_api import Page, expect

from messaging.mailbox import actions
from messaging.mailbox.content import DraftContent
from smportal import clock
from tests import factories
from tests.fixtures.browser import Axe, OpenPage
from tests.fixtures.live import LiveSite
from tests.journeys.people import make_nurse
from tests.journeys.test_surrogate import fill_date

TUESDAY = dt.datetime(2026, 3, 3, 15, 42, tzinfo=dt.UTC)
FRIDAY_MORNING = dt.datetime(2026, 3, 6, 13, tzinfo=dt.UTC)


def fits(page: Page) -> bool:
    """Tell whether nothing is wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_a_reminder_is_set_on_a_phone_and_dealt_with_at_the_desk(
    live_site: LiveSite, open_page: OpenPage, axe: Axe
) -> None:
    live_site.set_clock(TUESDAY)
    account, _, team = factories.make_eligible_veteran()
    nurse = make_nurse(team)
    content = DraftContent(team_id=team.id, category="general", subject="Knee", body="It hurts.")
    with clock.at(TUESDAY):
        actions.send(actor=factories.actor_for(account), draft_id=uuid.uuid4(), content=content)
    phone = open_page(phone=True, javascript=False)
    nurse.sign_in(phone)
    phone.goto("/team/open/")
    phone.get_by_role("link", name="Knee").click()
    phone.get_by_role("link", name="Remind me on a date").click()
    expect(phone.get_by_role("heading", name="Remind me on a date")).to_be_visible()
    fill_date(phone, "Remind me on", "March", "7")
    phone.get_by_label("Note to yourself").fill("Has the lab called back?")
    phone.get_by_role("button", name="Save reminder").click()
    expect(phone.get_by_role("link", name="Your facility is closed on that day")).to_be_visible()
    assert fits(phone)
    fill_date(phone, "Remind me on", "March", "6")
    phone.get_by_role("button", name="Save reminder").click()
    expect(phone.get_by_role("heading", name="Your reminder")).to_be_visible()
    expect(phone.get_by_text("Has the lab called back?")).to_be_visible()
    assert fits(phone)

    live_site.set_clock(FRIDAY_MORNING)
    desk = open_page()
    nurse.sign_in(desk)
    desk.goto("/team/open/")
    desk.get_by_role("link", name="Reminders").click()
    expect(desk.get_by_role("heading", name="Reminders", level=1)).to_be_visible()
    expect(desk.get_by_text("Due", exact=True)).to_be_visible()
    axe(desk)
    for width in (1280, 375, 320):
        desk.set_viewport_size({"width": width, "height": 800})
        assert fits(desk)
    desk.get_by_role("link", name="Knee").click()
    expect(desk.get_by_role("heading", name="Your reminder is due")).to_be_visible()
    axe(desk)
    desk.get_by_role("link", name="Change this reminder").click()
    expect(desk.get_by_role("heading", name="Change your reminder")).to_be_visible()
    axe(desk)
    desk.go_back()
    desk.get_by_role("button", name="Done").press("Enter")
    expect(desk.get_by_text("Your reminder is off.")).to_be_visible()
