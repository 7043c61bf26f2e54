"""A triage lead marks a member who is ill as away by keyboard, and ends it when she is back."""

import datetime as dt

from playwright.sync_api import expect

from tests import factories
from tests.fixtures.browser import Axe, OpenPage
from tests.fixtures.live import LiveSite
from tests.journeys.people import make_nurse
from tests.journeys.test_surrogate import fill_date

TUESDAY = dt.datetime(2026, 3, 3, 15, 42, tzinfo=dt.UTC)


def test_a_lead_enters_an_absence_for_somebody_who_is_ill(live_site: LiveSite, open_page: OpenPage, axe: Axe) -> None:
    live_site.set_clock(TUESDAY)
    team = factories.make_team()
    lead = make_nurse(team, name="Lena Lead", leads=True)
    for name in ("Lee Park", "Kim Doe"):
        factories.make_staff(team, name=name)
    page = open_page()
    lead.sign_in(page)
    page.goto("/team/open/")
    page.get_by_role("link", name="Members away").click()
    page.get_by_role("link", name="Enter an absence for Lee Park").press("Enter")
    expect(page.get_by_role("heading", name="Enter an absence for Lee Park")).to_be_visible()
    fill_date(page, "First day away", "March", "3")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_role("link", name="Enter the last day away")).to_be_visible()
    axe(page)
    for width in (1280, 375, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    fill_date(page, "Last day away", "March", "5")
    page.get_by_label("Who stands in for Lee Park").select_option("Kim Doe")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_text("Away now: March 3, 2026 to March 5, 2026")).to_be_visible()
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_role("button", name="End this absence").press("Enter")
    expect(page.get_by_text("The absence has ended.")).to_be_visible()
