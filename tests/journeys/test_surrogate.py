"""Lee goes on leave; Kim, in another browser and on a phone, gets what is assigned to Lee; then Lee comes back early."""

import datetime as dt
import uuid

from playwright.sync_api import Page, expect

from messaging.inbox import actions as team_actions
from messaging.mailbox import actions
from messaging.mailbox.content import DraftContent
from messaging.models import Conversation
from smportal import clock
from tests import factories
from tests.fixtures.browser import Axe, OpenPage
from tests.fixtures.live import LiveSite
from tests.journeys.people import make_nurse

TUESDAY = dt.datetime(2026, 3, 3, 15, 42, tzinfo=dt.UTC)


def fill_date(page: Page, legend: str, month: str, day: str) -> None:
    """Enter a day of 2026 by keyboard."""
    group = page.get_by_role("group", name=legend)
    group.get_by_label("Month").select_option(label=month)
    group.get_by_label("Day").fill(day)
    group.get_by_label("Year").fill("2026")


def test_what_is_assigned_to_somebody_on_leave_reaches_who_stands_in(
    live_site: LiveSite, open_page: OpenPage, axe: Axe
) -> None:
    live_site.set_clock(TUESDAY)
    account, _, team = factories.make_eligible_veteran()
    people = {name: make_nurse(team, name=name) for name in ("Lee Park", "Kim Doe", "Ana Ray")}
    content = DraftContent(team_id=team.id, category="general", subject="Knee", body="It hurts.")
    with clock.at(TUESDAY):
        actions.send(actor=factories.actor_for(account), draft_id=uuid.uuid4(), content=content)
    lee, kim = open_page(), open_page(phone=True)
    people["Lee Park"].sign_in(lee)
    lee.goto("/account/settings/")
    lee.get_by_role("link", name="Away from work").click()
    expect(lee.get_by_role("heading", level=1)).to_have_text("Away from work")
    axe(lee)
    lee.get_by_role("button", name="Save").click()
    expect(lee.get_by_role("link", name="Enter the first day away")).to_be_visible()
    axe(lee)
    fill_date(lee, "First day away", "March", "3")
    fill_date(lee, "Last day away", "March", "5")
    lee.get_by_label("What colleagues see").select_option("On leave")
    lee.get_by_label("Who stands in for you").select_option("Kim Doe")
    lee.get_by_role("button", name="Save").click()
    expect(lee.get_by_text("March 3, 2026 to March 5, 2026, on leave")).to_be_visible()
    axe(lee)

    conversation, ana = Conversation.objects.get(), people["Ana Ray"].staff
    assert ana is not None
    assert people["Lee Park"].staff is not None
    with clock.at(TUESDAY):
        team_actions.assign(
            actor=factories.staff_actor(ana), conversation_id=conversation.id, staff_id=people["Lee Park"].staff.id
        )
    people["Kim Doe"].sign_in(kim)
    kim.goto("/team/mine/")
    expect(kim.get_by_text("You stand in for Lee Park")).to_be_visible()
    expect(kim.get_by_text("Kim Doe for Lee Park (away)")).to_be_visible()
    assert kim.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    axe(kim)
    kim.get_by_role("link", name="Knee").click()
    expect(kim.get_by_text("who is away until March 5, 2026").first).to_be_visible()
    axe(kim)
    kim.get_by_label("Your answer").fill("Please rest it.")
    kim.get_by_role("button", name="Send answer").click()
    expect(kim.get_by_text("Your answer was sent.")).to_be_visible()

    lee.get_by_role("button", name="I’m back: end it now").press("Enter")
    expect(lee.get_by_text("Your absence has ended.")).to_be_visible()
    kim.goto("/team/mine/")
    expect(kim.get_by_text("Nothing here")).to_be_visible()
    expect(kim.get_by_text("You stand in for")).to_have_count(0)
