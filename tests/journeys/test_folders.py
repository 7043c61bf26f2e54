"""A veteran keeps the mailbox in order: own folders, several conversations at once, undo, and the way back."""

import datetime as dt
import uuid

import pytest
from playwright.sync_api import Page, expect

from messaging.inbox import actions as team_actions
from messaging.mailbox import actions
from messaging.mailbox.content import DraftContent
from messaging.mailbox.drafts import save_draft
from smportal import clock
from tests import factories
from tests.fixtures.browser import Axe, OpenPage
from tests.fixtures.live import LiveSite
from tests.journeys.people import Person, make_nurse, make_veteran

TUESDAY = dt.datetime(2026, 3, 3, 15, tzinfo=dt.UTC)


@pytest.fixture
def veteran(live_site: LiveSite) -> Person:
    """Three answered conversations and a draft."""
    live_site.set_clock(TUESDAY)
    team = factories.make_team(public_name="Dr. Lee’s primary care team", phone="555-555-0123")
    colleague = make_nurse(team).staff
    assert colleague is not None
    nurse = factories.staff_actor(colleague)
    person = make_veteran(team)
    person.account.refresh_from_db()
    actor = factories.actor_for(person.account)
    with clock.at(TUESDAY - dt.timedelta(days=1)):
        for subject in ("My knee", "My blood sugar", "My feet"):
            content = DraftContent(team_id=team.id, category="general", subject=subject, body="A question.")
            sent = actions.send(actor=actor, draft_id=uuid.uuid4(), content=content)
            team_actions.reply(
                actor=nurse, conversation_id=sent.conversation_id, draft_id=uuid.uuid4(), body="An answer."
            )
        content = DraftContent(team_id=team.id, subject="Not finished")
        save_draft(actor=actor, draft_id=uuid.uuid4(), version=0, content=content)
    return person


def pick(page: Page, *subjects: str) -> None:
    """Select conversations by their boxes."""
    for subject in subjects:
        page.locator(".row--pick", has_text=subject).locator("label").click()


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no-scripts"])
def test_conversations_are_filed_found_thrown_away_and_restored(
    veteran: Person, open_page: OpenPage, axe: Axe, phone: bool, javascript: bool
) -> None:
    page = open_page(phone=phone, javascript=javascript)
    check = axe if javascript else lambda _: None
    veteran.sign_in(page)
    expect(page.get_by_text("You have 3 conversations with something new.")).to_be_visible()
    check(page)
    page.goto("/messages/folders/")
    page.get_by_label("Folder name").fill("a/b")
    page.get_by_role("button", name="Make folder").click()
    expect(page.get_by_label("Folder name")).to_have_value("a/b")
    check(page)
    page.get_by_label("Folder name").fill("Diabetes")
    page.get_by_role("button", name="Make folder").click()
    check(page)

    page.goto("/messages/")
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Select at least one conversation first")
    check(page)
    pick(page, "My blood sugar", "My feet")
    page.get_by_label("Move to").select_option("Diabetes")
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_text("Moved 2 conversations.")).to_be_visible()
    expect(page.get_by_text("1 conversation, 1 unread")).to_be_visible()
    expect(page.get_by_role("link", name="Diabetes (2)")).to_be_visible()
    check(page)
    page.get_by_role("link", name="Diabetes (2)").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Diabetes")
    check(page)

    # From inside a conversation to the trash; then all of the trash at once back.
    page.get_by_role("link", name="My feet").click()
    page.get_by_role("button", name="Move to trash").click()
    expect(page.get_by_text("Moved 1 conversation to the trash.")).to_be_visible()
    page.get_by_role("link", name="Trash").first.click()
    # With scripts it is a button, and without them a link.
    page.get_by_role("button" if javascript else "link", name="Select all on this page").click()
    check(page)
    page.get_by_role("button", name="Restore to inbox").click()
    expect(page.get_by_text("Your trash is empty")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Put 1 conversation back.")).to_be_visible()
    expect(page.get_by_role("link", name="My feet")).to_be_visible()

    # A filter stays chosen on the way into a conversation and back.
    page.goto("/messages/")
    page.get_by_text("Sort and filter").click()
    check(page)
    page.get_by_label("Sort by").select_option("Care team name, A to Z")
    page.get_by_label("Category").select_option("General")
    page.get_by_role("button", name="Show", exact=True).click()
    page.get_by_role("link", name="My knee").click()
    page.get_by_label("Breadcrumbs").get_by_role("link", name="Inbox").click()
    expect(page.get_by_label("Category")).to_have_value("general")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    page.goto("/messages/drafts/")
    page.get_by_role("button", name="Delete draft: Not finished").click()
    expect(page.get_by_text("You have no drafts")).to_be_visible()
    check(page)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="Not finished")).to_be_visible()


def test_everything_can_be_done_with_the_keyboard(veteran: Person, open_page: OpenPage) -> None:
    page = open_page()
    veteran.sign_in(page)
    page.goto("/messages/")
    everything = page.get_by_role("button", name="Select all on this page")
    everything.focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("checkbox", checked=True)).to_have_count(3)
    expect(page.locator("#announcer")).to_have_text("3 conversations selected")
    # Past the buttons to the first box: its name says what it selects.
    box = page.get_by_role("checkbox", name="Select Unread: My feet")
    while not box.evaluate("box => box === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_text("2 conversations selected").first).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Unread: My feet")).to_be_focused()
    page.get_by_role("button", name="Mark as read").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Marked 2 conversations as read.")).to_be_visible()
    expect(page.get_by_text("3 conversations, 1 unread")).to_be_visible()
