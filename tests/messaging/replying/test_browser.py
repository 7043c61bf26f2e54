"""Templates in a real browser: written by keyboard, put in at the cursor, on both widths and without scripts."""

import uuid

import pytest
from playwright.sync_api import Page, expect

from messaging.mailbox import actions
from messaging.mailbox.content import DraftContent
from messaging.models import Message
from messaging.reply_templates import actions as template_actions
from messaging.reply_templates.actions import Holder, Wording
from tests import factories
from tests.fixtures.browser import Axe, OpenPage
from tests.fixtures.live import LiveSite
from tests.journeys.people import Person, make_nurse, make_veteran


class Ward:
    """A nurse, and a veteran who has asked something."""

    def __init__(self) -> None:
        self.team = factories.make_team(public_name="Dr. Lee’s primary care team", phone="555-555-0123")
        self.nurse: Person = make_nurse(self.team)
        self.veteran: Person = make_veteran(self.team)
        self.veteran.account.refresh_from_db()
        content = DraftContent(team_id=self.team.id, category="general", subject="My numbers", body="148/88")
        sent = actions.send(actor=factories.actor_for(self.veteran.account), draft_id=uuid.uuid4(), content=content)
        self.conversation_id = sent.conversation_id
        self.url = f"/team/conversations/{sent.conversation_id}/"

    def add_template(self, name: str, body: str) -> None:
        assert self.nurse.staff is not None
        template_actions.add(
            actor=factories.staff_actor(self.nurse.staff),
            template_id=uuid.uuid4(),
            holder=Holder("own"),
            wording=Wording(name, "", body),
        )


@pytest.fixture
def ward(live_site: LiveSite) -> Ward:
    return Ward()


def fits(page: Page) -> None:
    """Nothing runs off the page to the side."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "narrow"])
def test_a_template_is_written_and_put_in_at_the_cursor_by_keyboard(
    ward: Ward, open_page: OpenPage, axe: Axe, phone: bool
) -> None:
    ward.add_template("Weight", "Please weigh yourself.")
    page = open_page(phone=phone)
    ward.nurse.sign_in(page)
    if phone:
        page.set_viewport_size({"width": 320, "height": 700})
    page.goto("/team/templates/new/")
    page.get_by_label("Name").fill("Blood pressure")
    page.get_by_label("Text", exact=True).fill("Dear {patient}")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    expect(page.get_by_text("There is no {patient}").first).to_be_visible()
    page.get_by_text("Placeholders that are filled in").click()
    axe(page)
    fits(page)
    page.get_by_label("Text", exact=True).fill("Dear {first_name}, call {team_phone}. <b>{{1}}</b>")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_text("The template is saved.")).to_be_visible()
    axe(page)
    fits(page)

    page.goto(ward.url)
    answer = page.get_by_label("Your answer")
    answer.fill("Before after")
    answer.press("Home")
    for _ in "Before ":
        answer.press("ArrowRight")
    page.get_by_role("button", name="Use a template").press("Enter")
    words = page.get_by_label("Words in the name or text")
    expect(words).to_be_focused()
    words.fill("pressure")
    words.press("Enter")
    expect(page.locator("#template-list")).to_contain_text("1 template. Choose one")
    expect(page.locator("#announcer")).to_contain_text("1 template. Choose one")
    page.get_by_role("radio", name="Blood pressure").press("Space")
    page.get_by_role("button", name="Show the text").press("Enter")
    preview = page.get_by_role("group", name="Blood pressure")
    expect(preview).to_be_focused()
    expect(preview).to_contain_text("Dear Sam, call 555-555-0123. <b>{1}</b>")
    axe(page)
    fits(page)
    page.get_by_role("button", name="Put it into my text").press("Enter")
    expect(answer).to_have_value("Before Dear Sam, call 555-555-0123. <b>{1}</b>after")
    expect(answer).to_be_focused()
    assert page.url.endswith(ward.url)
    page.get_by_role("button", name="Send answer").press("Enter")
    expect(page.get_by_text("Your answer was sent.")).to_be_visible()
    expect(page.get_by_text("Before Dear Sam, call 555-555-0123. <b>{1}</b>after")).to_be_visible()


def test_without_scripts_a_template_stands_below_what_was_typed(ward: Ward, open_page: OpenPage) -> None:
    ward.add_template("Thanks", "Thank you, {first_name}.")
    page = open_page(javascript=False)
    ward.nurse.sign_in(page)
    page.goto(ward.url)
    page.get_by_label("Your answer").fill("Typed first.")
    page.get_by_role("button", name="Use a template").click()
    page.get_by_label("Words in the name or text").fill("thank")
    # The Enter key looks, it never sends.
    page.keyboard.press("Enter")
    page.locator("label", has_text="Thanks").click()
    page.get_by_role("button", name="Show the text").click()
    expect(page.get_by_role("group", name="Thanks")).to_contain_text("Thank you, Sam.")
    page.get_by_role("button", name="Put it into my text").click()
    expect(page.get_by_label("Your answer")).to_have_value("Typed first.\n\nThank you, Sam.")
    assert Message.objects.filter(side="staff").count() == 0


def test_two_members_at_one_answer_see_each_other_and_neither_overwrites(
    ward: Ward, open_page: OpenPage, axe: Axe
) -> None:
    kim = make_nurse(ward.team, name="Kim Lee")
    first, second = open_page(), open_page(phone=True)
    ward.nurse.sign_in(first)
    kim.sign_in(second)
    first.goto(ward.url)
    second.goto(ward.url)
    answer = second.get_by_label("Your answer")
    answer.fill("Hers")
    expect(second.locator("[data-autosave-line]")).to_contain_text("Saved at")
    first.reload()
    expect(first.locator("[data-presence]")).to_have_text("Kim Lee is writing an answer.")
    expect(first.get_by_text("Kim Lee is writing this answer.")).to_be_visible()
    expect(first.get_by_label("Your answer")).to_have_value("Hers")
    axe(first)
    fits(first)
    # Kim goes on; what the nurse types on her page, which is old by then, is not saved over it.
    answer.fill("Hers, longer")
    expect(second.locator("[data-autosave-line]")).to_contain_text("Saved at")
    expect(second.locator("[data-autosave-status]")).to_have_attribute("data-autosave-status", "saved")
    first.get_by_label("Your answer").fill("Mine")
    expect(first.locator("[data-autosave-line]")).to_have_text("Not saved: a colleague saved another text")
    expect(first.get_by_text("Kim Lee saved another text of this answer on").first).to_be_visible()
    axe(first)
    fits(first)
    first.get_by_role("button", name="Use my text").press("Enter")
    expect(first.get_by_text("The answer is saved, and not sent yet.")).to_be_visible()
    first.get_by_role("link", name="Earlier texts of this answer").click()
    expect(first.get_by_role("heading", name="Earlier texts of this answer")).to_be_visible()
    expect(first.get_by_text("Hers, longer")).to_be_visible()
    axe(first)
    fits(first)
    # Kim is told in turn, and takes the saved text.
    answer.fill("Hers, longest")
    expect(second.get_by_role("button", name="Use the saved text")).to_be_visible()
    axe(second)
    fits(second)
    second.get_by_role("button", name="Use the saved text").click()
    expect(second.get_by_text("The saved text is the answer.")).to_be_visible()
    expect(answer).to_have_value("Mine")
    fits(second)


def test_without_scripts_an_answer_is_saved_by_its_button(ward: Ward, open_page: OpenPage) -> None:
    page = open_page(javascript=False)
    ward.nurse.sign_in(page)
    page.goto(ward.url)
    expect(page.locator("[data-presence]")).to_be_hidden()
    page.get_by_label("Your answer").fill("Not yet.")
    page.get_by_role("button", name="Save without sending").click()
    expect(page.get_by_text("The answer is saved, and not sent yet.")).to_be_visible()
    expect(page.get_by_text("Saved by Nora Nurse on")).to_be_visible()
    page.get_by_role("button", name="Put this answer away").click()
    expect(page.get_by_text("The answer was put away.")).to_be_visible()
    expect(page.get_by_label("Your answer")).to_have_value("")
