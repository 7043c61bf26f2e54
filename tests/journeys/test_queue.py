"""A nurse narrows a queue, is told of what is new, and refreshes without losing place; in a browser, also without scripts."""

import datetime as dt
import uuid

import pytest
from playwright.sync_api import expect

from eligibility.models import CareTeam
from messaging.mailbox import actions
from messaging.mailbox.content import DraftContent
from smportal import clock
from tests import factories
from tests.fixtures.browser import Axe, OpenPage
from tests.fixtures.live import LiveSite
from tests.journeys.people import make_nurse

TUESDAY = dt.datetime(2026, 3, 3, 15, 42, tzinfo=dt.UTC)
FITS = "document.documentElement.scrollWidth <= window.innerWidth"


def write(site: LiveSite, team: CareTeam, subject: str, *, minutes: int = 0, category: str = "general") -> None:
    """Have a veteran of the team's write, and the portal's clock stand at that moment."""
    account, record, _ = factories.make_eligible_veteran()
    factories.register(record, team.facility)
    factories.associate(record, team)
    content = DraftContent(team_id=team.id, category=category, subject=subject, body="It hurts.")
    at = TUESDAY + dt.timedelta(minutes=minutes)
    with clock.at(at):
        actions.send(actor=factories.actor_for(account), draft_id=uuid.uuid4(), content=content)
    site.set_clock(at)


@pytest.mark.parametrize("how", ["desktop", "phone", "no-scripts"])
def test_a_nurse_narrows_a_queue_and_sees_what_is_new(
    live_site: LiveSite, open_page: OpenPage, axe: Axe, how: str
) -> None:
    scripts = how != "no-scripts"
    _, _, team = factories.make_eligible_veteran()
    nurse = make_nurse(team)
    for subject, category in (("Knee", "general"), ("Refill", "medication")):
        write(live_site, team, subject, category=category)
    page = open_page(phone=how == "phone", javascript=scripts)
    if scripts:
        page.clock.install()
    nurse.sign_in(page)
    page.goto("/team/open/")
    page.get_by_role("link", name="Filter this queue").click()
    expect(page.get_by_role("heading", name="Filter this queue")).to_be_visible()
    if scripts:
        axe(page)
    page.get_by_label("Category").select_option("medication")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("heading", name="Filtered: 1 conversation")).to_be_visible()
    expect(page.locator(".row__title")).to_have_count(1)
    assert page.evaluate(FITS)
    if scripts:
        axe(page)
    page.get_by_role("link", name="Clear all filters").click()
    expect(page.locator(".row__title")).to_have_count(2)
    write(live_site, team, "Hip", minutes=3)
    if not scripts:
        page.get_by_role("link", name="Refresh").click()
        expect(page.locator(".row__title")).to_have_count(3)
        return
    page.get_by_role("checkbox", name="Refill").press("Space")
    page.clock.fast_forward(61_000)
    expect(page.get_by_role("status").filter(has_text="1 new conversation")).to_be_visible()
    # Told, not shown: no row has moved.
    expect(page.locator(".row__title")).to_have_count(2)
    axe(page)
    # What is pressed by keyboard elsewhere leaves focus and selection as they are.
    page.get_by_role("link", name="Refresh").dispatch_event("click")
    expect(page.locator(".row__title")).to_have_count(3)
    expect(page.get_by_role("checkbox", name="Refill")).to_be_checked()
    expect(page.get_by_role("checkbox", name="Refill")).to_be_focused()
    expect(page.locator("[data-pick-count]")).to_have_text("1 conversation selected")
    expect(page.get_by_role("link", name="Show them")).to_be_hidden()
    write(live_site, team, "Ear", minutes=6)
    page.clock.fast_forward(61_000)
    page.get_by_role("link", name="Show them").click()
    expect(page.get_by_role("link", name="Remove filter: New since")).to_be_visible()
    expect(page.locator(".row__title")).to_have_count(1)
    expect(page.locator(".row__title")).to_contain_text("Ear")
    assert page.evaluate(FITS)


def test_a_nurse_works_by_single_keys_until_they_are_turned_off(
    live_site: LiveSite, open_page: OpenPage, axe: Axe
) -> None:
    _, _, team = factories.make_eligible_veteran()
    nurse = make_nurse(team)
    for minutes, subject in enumerate(("Knee", "Hip")):
        write(live_site, team, subject, minutes=minutes)
    page = open_page()
    nurse.sign_in(page)
    page.goto("/team/open/")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(dialog).to_be_visible()
    axe(page)
    # While the dialog is open, and inside a field, a letter is a letter.
    page.keyboard.press("j")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("/")
    box = page.get_by_label("Search the last 90 days")
    page.keyboard.type("jx?")
    expect(box).to_have_value("jx?")
    box.evaluate("box => box.blur()")
    links = page.locator(".row__title a")
    page.keyboard.press("j")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("x")
    expect(page.get_by_role("checkbox", name="Hip")).to_be_checked()
    page.keyboard.press("k")
    page.keyboard.press("o")
    expect(page.get_by_role("heading", level=1)).to_have_text("Knee")
    # The page's scripts run before it has loaded.
    page.wait_for_load_state()
    page.keyboard.press("j")
    expect(page.locator(".entry > article").first).to_be_focused()
    page.keyboard.press("n")
    expect(page.get_by_role("textbox", name="Internal note")).to_be_focused()
    page.keyboard.type("tc")
    expect(page.get_by_role("textbox", name="Internal note")).to_have_value("tc")
    page.get_by_role("textbox", name="Internal note").fill("")
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("r")
    expect(page.get_by_role("textbox", name="Your answer")).to_be_focused()
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("t")
    expect(page.get_by_text("(you)").first).to_be_visible()
    page.wait_for_load_state()
    page.keyboard.press("c")
    expect(page.locator("#complete_outcome")).to_be_focused()
    page.get_by_role("link", name="Keyboard shortcuts").click()
    page.get_by_role("link", name="Turn them off").click()
    page.get_by_text("Use single keys as shortcuts").click()
    page.get_by_role("button", name="Save shortcuts").click()
    expect(page.get_by_text("Your choice of shortcuts was saved.")).to_be_visible()
    axe(page)
    page.goto("/team/open/")
    page.keyboard.press("?")
    page.keyboard.press("j")
    expect(links.nth(0)).not_to_be_focused()
    expect(dialog).to_be_hidden()
