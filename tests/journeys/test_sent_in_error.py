"""A nurse withdraws a message, the veteran no longer sees it, the privacy officer hears of it and not what it said."""

import datetime as dt
import uuid

import pytest
from playwright.sync_api import expect

from accounts import actions as account_actions
from eligibility.models import RoleGrant
from messaging.inbox import actions as inbox
from messaging.mailbox import actions as mailbox
from messaging.mailbox.content import DraftContent
from smportal import clock
from tests import factories
from tests.accounts.people import PASSWORD, SECRET
from tests.fixtures.browser import Axe, OpenPage
from tests.fixtures.live import LiveSite
from tests.journeys.people import SETTING_UP, Person, make_nurse, make_veteran

TUESDAY = dt.datetime(2026, 3, 3, 15, 42, tzinfo=dt.UTC)
LINE = "A message was withdrawn by your care team because it was sent in error."


def make_officer() -> Person:
    """Make a national privacy officer who can sign in."""
    account = account_actions.create_staff_account(
        actor=SETTING_UP, username="officer", email="officer@example.com", password=PASSWORD
    )
    account_actions.add_authenticator_app(actor=SETTING_UP, account=account, secret=SECRET)
    RoleGrant.objects.create(account=account, role="privacy_officer", granted_at=clock.now())
    return Person(account)


@pytest.mark.parametrize("how", ["desktop", "phone", "no-scripts"])
def test_a_nurse_withdraws_a_message(live_site: LiveSite, open_page: OpenPage, axe: Axe, how: str) -> None:
    live_site.set_clock(TUESDAY)
    team = factories.make_team(public_name="Primary care")
    nurse, veteran = make_nurse(team), make_veteran(team)
    with clock.at(TUESDAY):
        officer = make_officer()
        veteran.account.refresh_from_db()
        content = DraftContent(team.id, "general", "Knee", "It hurts.")
        asked = mailbox.send(actor=factories.actor_for(veteran.account), draft_id=uuid.uuid4(), content=content)
        inbox.reply(
            actor=factories.actor_for(nurse.account),
            conversation_id=asked.conversation_id,
            draft_id=uuid.uuid4(),
            body="Ana, your test is fine.",
        )
    scripts = how != "no-scripts"
    page = open_page(phone=how == "phone", javascript=scripts)
    nurse.sign_in(page)
    page.goto(f"/team/conversations/{asked.conversation_id}/")
    page.get_by_role("link", name="Sent in error? Withdraw it").click()
    page.get_by_role("button", name="Withdraw this message").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose why you withdraw it")
    if scripts:
        axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_text("It was meant for another veteran").click()
    page.get_by_role("button", name="Withdraw this message").click()
    expect(page.get_by_text("Withdrawn from the veteran’s view on")).to_be_visible()
    expect(page.get_by_text("Ana, your test is fine.")).to_be_visible()
    # It was the answer: the clock runs on.
    expect(page.get_by_text("No answer is due")).to_have_count(0)
    if scripts:
        axe(page)
    theirs = open_page(phone=how == "phone", javascript=scripts)
    veteran.sign_in(theirs)
    theirs.goto(f"/messages/{asked.conversation_id}/")
    expect(theirs.get_by_text(LINE)).to_be_visible()
    expect(theirs.get_by_text("Ana, your test is fine.")).to_have_count(0)
    if scripts:
        axe(theirs)
    if how == "desktop":
        desk = open_page()
        officer.sign_in(desk)
        desk.goto("/admin/messaging/sentinerror/")
        desk.locator("#result_list a").first.click()
        expect(desk.get_by_text("It was meant for another veteran")).to_be_visible()
        expect(desk.get_by_text("Ana, your test is fine.")).to_have_count(0)
        axe(desk)
        desk.get_by_label("What did you decide?").select_option("No further action needed")
        desk.get_by_role("button", name="Save the review").click()
        expect(desk.get_by_text("Your review is saved.")).to_be_visible()
