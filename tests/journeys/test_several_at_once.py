"""A nurse selects conversations of a queue and assigns them together; in a browser, also without scripts and by keyboard."""

import datetime as dt
import uuid

import pytest
from playwright.sync_api import expect

from messaging.mailbox import actions
from messaging.mailbox.content import DraftContent
from messaging.models import Conversation
from smportal import clock
from tests import factories
from tests.fixtures.browser import Axe, OpenPage
from tests.fixtures.live import LiveSite
from tests.journeys.people import make_nurse

TUESDAY = dt.datetime(2026, 3, 3, 15, 42, tzinfo=dt.UTC)


@pytest.mark.parametrize("how", ["desktop", "phone", "no-scripts"])
def test_a_nurse_assigns_three_at_once(live_site: LiveSite, open_page: OpenPage, axe: Axe, how: str) -> None:
    live_site.set_clock(TUESDAY)
    account, _, team = factories.make_eligible_veteran()
    nurse = make_nurse(team)
    for subject in ("Knee", "Hip", "Ear"):
        content = DraftContent(team_id=team.id, category="general", subject=subject, body="It hurts.")
        with clock.at(TUESDAY):
            actions.send(actor=factories.actor_for(account), draft_id=uuid.uuid4(), content=content)
    page = open_page(phone=how == "phone", javascript=how != "no-scripts")
    nurse.sign_in(page)
    page.goto("/team/unassigned/")
    if how == "no-scripts":
        page.get_by_role("link", name="Select all on this page").click()
    else:
        page.get_by_role("checkbox", name="Knee").focus()
        page.keyboard.press("Space")
        expect(page.locator("[data-pick-count]")).to_have_text("1 conversation selected")
        page.get_by_role("button", name="Select all on this page").press("Enter")
        axe(page)
    page.get_by_role("button", name="Assign", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Assign 3 conversations")
    assert not Conversation.objects.filter(assignee__isnull=False).exists()
    if how != "no-scripts":
        axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_label("Assign to").select_option(index=1)
    page.get_by_role("button", name="Assign 3 conversations").click()
    expect(page.get_by_text("Assigned: 3 conversations.")).to_be_visible()
    assert Conversation.objects.filter(assignee__isnull=False).count() == 3
