"""My HealtheVet's rows of the identity table, and each requirement unmet, in a browser.

The rows of DS Logon, ID.me and Login.gov are in tests/accounts/oidc/test_journeys.py, through the real protocol.
"""

import datetime as dt
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from accounts import actions as account_actions
from accounts.models import Level
from eligibility.models import CareTeam, Enrollment, Participation, Registration, TermsAcceptance
from tests import factories
from tests.accounts.people import PASSWORD
from tests.fixtures.browser import Axe, OpenPage
from tests.fixtures.live import LiveSite
from tests.journeys.people import SETTING_UP, Person, make_nurse, make_veteran


@pytest.fixture
def team(live_site: LiveSite) -> CareTeam:
    # A clock that stands still: a code of the authenticator app never runs out between reading and typing it.
    live_site.set_clock(dt.datetime(2026, 3, 3, 15, tzinfo=dt.UTC))
    team = factories.make_team(phone="555-555-0123")
    make_nurse(team)
    return team


def lowered(team: CareTeam, level: Level) -> Person:
    """Return somebody whose account is not Premium; below it nobody needs a second step."""
    number = factories.make_record().icn[:10]
    account = account_actions.create_account(
        actor=SETTING_UP,
        username=f"lower{number}",
        email=f"lower{number}@example.com",
        password=PASSWORD,
        email_verified=True,
    )
    if level != Level.BASIC:
        record = factories.make_record()
        account_actions.link_record(actor=SETTING_UP, account=account, record_linked=record)
        account_actions.set_level(actor=SETTING_UP, account=account, level=level, reason="test")
        factories.associate(record, team)
    return Person(account)


def enter(page: Page, person: Person) -> None:
    """Sign in with a password alone."""
    page.goto("/account/login/")
    page.get_by_label("Username").fill(person.account.username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Welcome"))


@pytest.mark.parametrize("level", [Level.BASIC, Level.ADVANCED, Level.PREMIUM])
def test_below_premium_with_a_second_step_nobody_reads_or_writes(
    team: CareTeam, open_page: OpenPage, axe: Axe, level: Level
) -> None:
    page = open_page(phone=True)
    enter(page, lowered(team, level))
    expect(page.get_by_role("heading", name="You can’t send messages yet")).to_be_visible()
    for closed in ("/messages/", "/messages/new/"):
        page.goto(closed)
        expect(page).to_have_url(re.compile(r"/eligibility/$"))
    row = page.locator(".checklist__row--unmet").filter(has_text=re.compile("account|sign", re.IGNORECASE))
    expect(row.get_by_role("link").first).to_be_visible()
    axe(page)


def test_premium_with_a_second_step_reads_and_writes(team: CareTeam, open_page: OpenPage) -> None:
    page = open_page()
    make_veteran(team).sign_in(page)
    expect(page.get_by_text("You can use secure messaging.")).to_be_visible()
    page.goto("/messages/")
    expect(page).to_have_url(re.compile(r"/messages/$"))


UNMET: dict[str, Callable[[Person, CareTeam], object]] = {
    "enrolled": lambda person, _: Enrollment.objects.filter(record=person.record).delete(),
    "registered": lambda person, _: Registration.objects.filter(record=person.record).delete(),
    "participating_provider": lambda _, team: Participation.objects.filter(team=team).delete(),
    "terms": lambda person, _: TermsAcceptance.objects.filter(account=person.account).delete(),
    "not_blocked": lambda person, team: person.record and factories.block(person.record, team=team),
}


@pytest.mark.parametrize("requirement", sorted(UNMET))
def test_each_unmet_requirement_is_said_with_its_next_step_and_stops_a_send(
    team: CareTeam, open_page: OpenPage, axe: Axe, requirement: str
) -> None:
    person = make_veteran(team)
    page = open_page(phone=True)
    person.sign_in(page)
    # The page is open while the requirement is lost: what was written must survive the refusal.
    page.goto("/messages/urgent-needs/")
    page.get_by_role("button", name="My question can wait").click()
    page.get_by_text(team.public_name).first.click()
    page.get_by_label("Category").select_option("General")
    page.get_by_label("Subject").fill("My knee")
    page.get_by_label("Message", exact=True).fill("It hurts when I climb stairs.")
    UNMET[requirement](person, team)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("[data-error-summary]")).to_be_visible()
    expect(page.get_by_label("Message", exact=True)).to_have_value("It hurts when I climb stairs.")
    page.goto("/eligibility/")
    unmet = page.locator(".checklist__row--unmet")
    expect(unmet).to_have_count(1)
    expect(unmet.get_by_role("link").first).to_be_visible()
    axe(page)
    page.goto("/messages/drafts/")
    expect(page.get_by_role("link", name="My knee")).to_be_visible()
