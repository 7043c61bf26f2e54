"""A message from the first page to its confirmation: by keyboard alone, and without scripts on a phone."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from messaging.mailbox import drafts
from messaging.models import Draft, Message
from tests import factories
from tests.fixtures.browser import Axe, OpenPage
from tests.fixtures.live import LiveSite
from tests.journeys.people import Person, make_nurse, make_veteran

STOPS = 80


@pytest.fixture
def veteran(live_site: LiveSite) -> Person:
    """Somebody with a primary care team and an eye clinic."""
    team = factories.make_team(public_name="Dr. Lee’s primary care team", phone="555-555-0123")
    make_nurse(team)
    person = make_veteran(team)
    clinic = factories.make_team(public_name="Eye clinic")
    factories.participate(factories.make_staff(clinic), clinic)
    assert person.record is not None
    factories.associate(person.record, clinic)
    return person


def reach(page: Page, control: Locator) -> None:
    """Press Tab until the control has the focus; everything on the way has to let go of it."""
    for _ in range(STOPS):
        if control.evaluate("one => one === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"not reached with {STOPS} Tabs: {control}")


def press(page: Page, control: Locator, key: str = "Enter") -> None:
    reach(page, control)
    page.keyboard.press(key)


def button(page: Page, name: str) -> Locator:
    return page.locator("main").get_by_role("button", name=re.compile(f"^{name}")).last


def field(page: Page, label: str) -> Locator:
    return page.locator("main form").get_by_label(re.compile(rf"^{label}\b"))


def test_a_renewal_is_asked_for_with_the_keyboard_alone(veteran: Person, page: Page, axe: Axe) -> None:
    veteran.sign_in(page)
    page.goto("/messages/")
    press(page, page.get_by_role("link", name="Start a new message").first)
    press(page, button(page, "My question can wait"))
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("Who is your message for?")
    press(page, button(page, "Continue"))
    expect(page.locator("[data-error-summary]")).to_be_focused()
    press(page, page.locator("[data-error-summary]").get_by_role("link", name="Choose a care team"))
    expect(page.get_by_role("radio").first).to_be_focused()
    page.keyboard.press("Space")
    press(page, button(page, "Continue"))
    expect(heading).to_have_text("New message")
    press(page, page.locator("summary", has_text="Ask with a form"))
    press(page, button(page, "Prescription renewal"))
    # The focus goes along to what was asked for.
    expect(page.get_by_role("heading", name="Prescription renewal")).to_be_focused()
    press(page, button(page, "Send"))
    summary = page.locator("[data-error-summary]")
    expect(summary).to_be_focused()
    axe(page)
    press(page, summary.get_by_role("link", name="Name of the medicine"))
    expect(field(page, "Name of the medicine")).to_be_focused()
    page.keyboard.type("Lisinopril")
    page.keyboard.press("Tab")
    expect(field(page, "Strength")).to_be_focused()
    page.keyboard.type("10 mg, one each morning")
    for question in ("None", "By mail"):
        press(page, page.get_by_role("radio", name=question), "Space")
    reach(page, field(page, "How are you doing with this medicine"))
    page.keyboard.type("Well.")
    press(page, button(page, "Send"))
    expect(page.get_by_role("heading", name="Your message was sent")).to_be_visible()
    axe(page)
    sent = Message.objects.get()
    assert sent.unseal_text("body_sealed") == "Well."
    assert "Lisinopril" in sent.unseal_text("guided_sealed")


def test_everything_that_composing_offers_works_without_scripts(veteran: Person, open_page: OpenPage) -> None:
    page = open_page(phone=True, javascript=False)
    veteran.sign_in(page)
    page.goto("/messages/new/")
    button(page, "My question can wait").click()
    page.get_by_text("Eye clinic").first.click()
    button(page, "Continue").click()
    page.get_by_label("Message", exact=True).fill("I would like new glasses.")
    button(page, "Send").click()
    summary = page.locator("[data-error-summary]")
    expect(summary).to_contain_text("Enter a subject")
    expect(page.get_by_label("Message", exact=True)).to_have_value("I would like new glasses.")
    # Another team, and what was typed goes along.
    button(page, "Choose another care team").click()
    page.get_by_text("Dr. Lee’s primary care team").first.click()
    button(page, "Continue").click()
    expect(page.locator("#to-panel")).to_contain_text("Dr. Lee’s primary care team")
    expect(page.get_by_label("Message", exact=True)).to_have_value("I would like new glasses.")
    # With a form, and back out of it: the answers move into the text.
    page.locator("summary", has_text="Ask with a form").click()
    button(page, "Referral").click()
    answer = page.locator("[name^=guided_][type=text]").first
    answer.fill("Eye doctor")
    button(page, "Write without this form").click()
    expect(page.get_by_label("Message", exact=True)).to_have_value(
        re.compile("I would like new glasses.*Eye doctor", re.DOTALL)
    )
    field(page, "Subject").fill("My eyes")
    page.get_by_label("Category").select_option("General")
    button(page, "Save draft").click()
    expect(page.get_by_text("Your draft is saved.")).to_be_visible()
    expect(page.get_by_text("This draft is saved", exact=True)).to_be_visible()
    page.goto("/messages/drafts/")
    page.get_by_role("button", name="Delete draft: My eyes").click()
    expect(page.get_by_text("You have no drafts")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("link", name="My eyes").click()
    assert "Eye doctor" in drafts.content_of(Draft.objects.get(deleted_at=None)).body
    button(page, "Send").click()
    expect(page.get_by_role("heading", name="Your message was sent")).to_be_visible()
    # Back does not lead to a form that could be sent again.
    page.go_back()
    expect(page.get_by_role("heading", name="Your message was sent")).to_be_visible()
    assert Message.objects.count() == 1
