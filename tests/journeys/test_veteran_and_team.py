"""The main job, end to end in a browser: a veteran writes, the team answers, the veteran reads and replies."""

import datetime as dt
import re

import pytest
from playwright.sync_api import Page, expect

from messaging.notifications.actions import relay
from smportal.audit.models import AuditEvent
from tests import factories
from tests.fixtures.browser import Axe, OpenPage
from tests.fixtures.live import LiveSite
from tests.fixtures.mail import Mailbox
from tests.journeys.people import Person, make_nurse, make_veteran

# A Tuesday, 10:00 in New York: due on Friday, March 6, 10:00.
TUESDAY = dt.datetime(2026, 3, 3, 15, tzinfo=dt.UTC)
CANARY = "It hurts when I climb stairs"


@pytest.fixture
def people(live_site: LiveSite) -> tuple[Person, Person]:
    live_site.set_clock(TUESDAY)
    team = factories.make_team(public_name="Dr. Lee’s primary care team", phone="555-555-0123")
    nurse = make_nurse(team)
    return make_veteran(team), nurse


def write(page: Page) -> None:
    """Write to the team, from the home page to the confirmation."""
    page.get_by_role("link", name="Start a new message").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Only use messages for needs that can wait")
    page.get_by_role("button", name="My question can wait").click()
    page.get_by_text("Dr. Lee’s primary care team").first.click()
    page.get_by_label("Category").select_option("Test result")
    page.get_by_label("Subject").fill("My knee")
    page.get_by_label("Message", exact=True).fill(f"{CANARY}.\nWhat should I do?")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your message was sent")


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no-scripts"])
def test_a_veteran_writes_the_team_answers_the_veteran_replies(
    people: tuple[Person, Person],
    live_site: LiveSite,
    open_page: OpenPage,
    axe: Axe,
    mailbox: Mailbox,
    phone: bool,
    javascript: bool,
) -> None:
    veteran, nurse = people
    home = open_page(phone=phone, javascript=javascript)
    check = axe if javascript and not phone else lambda _: None
    veteran.sign_in(home)
    check(home)
    write(home)
    check(home)
    expect(home.get_by_text("Friday, March 6, 2026, 10:00 a.m. EST").first).to_be_visible()
    number = re.search(r"\b\d{10}\b", home.inner_text("main"))
    assert number is not None
    home.get_by_role("link", name="Go to your sent messages").click()
    expect(home.get_by_role("link", name="My knee")).to_be_visible()
    check(home)

    live_site.set_clock(TUESDAY + dt.timedelta(minutes=20))
    work = open_page(phone=phone, javascript=javascript)
    nurse.sign_in(work, door="VA staff sign-in")
    expect(work.get_by_role("heading", level=1)).to_have_text("My teams: open")
    expect(work.get_by_text("Friday, March 6, 2026, 10:00 a.m. EST")).to_be_visible()
    check(work)
    work.get_by_role("link", name="My knee").click()
    expect(work.get_by_text(CANARY)).to_be_visible()
    expect(work.get_by_text(number.group()).first).to_be_visible()
    check(work)
    work.get_by_role("button", name="Take this conversation").click()
    work.get_by_label("Your answer").fill("Please rest it for two days and call us if it swells.")
    work.get_by_role("button", name="Send answer").click()
    expect(work.get_by_text("No answer is due")).to_be_visible()
    assert AuditEvent.objects.filter(deed="conversation_read", actor_staff_id=nurse.staff.id).exists()  # type: ignore[union-attr]

    relay()
    (email,) = mailbox.messages
    assert email["To"] == veteran.account.email
    assert not any(word in email.as_string() for word in ("knee", "swells", "Lee", number.group(), "stairs"))

    home.goto("/messages/")
    expect(home.get_by_role("link", name="Unread: My knee")).to_be_visible()
    check(home)
    home.get_by_role("link", name="My knee").click()
    expect(home.get_by_text("rest it for two days")).to_be_visible()
    expect(home.get_by_text("Opened by your care team on March 3, 2026, 10:20 a.m. EST")).to_be_visible()
    check(home)
    home.get_by_label("Your reply").fill("Thank you.")
    home.get_by_role("button", name="Send", exact=True).click()
    expect(home.get_by_role("heading", level=1)).to_have_text("Your message was sent")
    assert home.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_an_error_takes_the_focus_and_loses_nothing(
    people: tuple[Person, Person], open_page: OpenPage, axe: Axe
) -> None:
    veteran, _ = people
    page = open_page()
    veteran.sign_in(page)
    page.goto("/messages/urgent-needs/")
    page.get_by_role("button", name="My question can wait").click()
    page.get_by_label("Message", exact=True).fill(CANARY)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    expect(page).to_have_title(re.compile("^Error: "))
    expect(page.get_by_label("Message", exact=True)).to_have_value(CANARY)
    axe(page)
    page.locator("[data-error-summary] a").first.click()
    expect(page.get_by_label("Category")).to_be_focused()


def test_an_overdue_answer_is_said_plainly_with_a_number_to_call(
    people: tuple[Person, Person], live_site: LiveSite, open_page: OpenPage, axe: Axe
) -> None:
    veteran, _ = people
    page = open_page(phone=True)
    veteran.sign_in(page)
    write(page)
    live_site.set_clock(dt.datetime(2026, 3, 6, 15, tzinfo=dt.UTC))
    page = open_page(phone=True)
    veteran.sign_in(page)
    page.goto("/messages/sent/")
    expect(page.get_by_text("Answer overdue")).to_be_visible()
    page.get_by_role("link", name="My knee").click()
    expect(page.get_by_role("heading", name="Your care team’s answer is late")).to_be_visible()
    expect(page.get_by_role("link", name="555-555-0123").first).to_be_visible()
    axe(page)
