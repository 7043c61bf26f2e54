"""The people of the journeys: each signs in as a person does, with a password and an authenticator app."""

import itertools
import re
from dataclasses import dataclass
from http import HTTPStatus

import pytest
from playwright.sync_api import Page, expect

from accounts import actions as account_actions
from accounts import factors
from accounts.models import Account, Level, VeteranRecord
from eligibility.models import CareTeam, StaffMember
from smportal.actor import Actor
from tests import factories
from tests.accounts.people import PASSWORD, SECRET, code_at

SETTING_UP = Actor.system("test")
_numbers = itertools.count(1)


@dataclass
class Person:
    """Somebody who can sign in, and what the journey needs to know of them."""

    account: Account
    record: VeteranRecord | None = None
    staff: StaffMember | None = None

    def sign_in(self, page: Page, door: str = "My HealtheVet") -> None:
        """Go from the landing page through a door to the own home page."""
        page.goto("/")
        page.get_by_role("link", name=door).first.click()
        page.get_by_label("Username").fill(self.account.username)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        enter_code(page)
        expect(page.get_by_role("heading", level=1)).to_be_visible()


def enter_code(page: Page, button: str | re.Pattern[str] = "Sign in") -> None:
    """Type what the authenticator app shows, once more where its half minute ended on the way to the server."""
    for _ in range(2):
        page.get_by_label("code", exact=False).first.fill(code_at(factors.current_step()))
        with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
            page.get_by_role("button", name=button, exact=isinstance(button, str)).first.click()
        if answered.value.status == HTTPStatus.FOUND:
            return
    pytest.fail("two codes were refused")


def make_veteran(team: CareTeam) -> Person:
    """Make an eligible veteran with a My HealtheVet Premium account."""
    number = next(_numbers)
    account = account_actions.create_account(
        actor=SETTING_UP,
        username=f"veteran{number}",
        email=f"veteran{number}@example.com",
        password=PASSWORD,
        preferred_name="Sam",
        email_verified=True,
    )
    record = factories.make_record()
    account_actions.set_level(actor=SETTING_UP, account=account, level=Level.PREMIUM, reason="test")
    account_actions.link_record(actor=SETTING_UP, account=account, record_linked=record)
    account_actions.add_authenticator_app(actor=SETTING_UP, account=account, secret=SECRET)
    factories.enroll(record)
    factories.register(record, team.facility)
    factories.associate(record, team)
    factories.accept_terms(account)
    return Person(account, record=record)


def make_nurse(team: CareTeam, *, name: str = "Nora Nurse", leads: bool = False) -> Person:
    """Make a care team member who takes part."""
    staff = factories.make_staff(team, name=name, leads=leads)
    number = next(_numbers)
    account = account_actions.create_staff_account(
        actor=SETTING_UP, username=f"staff{number}", email=f"staff{number}@example.com", password=PASSWORD
    )
    staff.account = account
    staff.save(update_fields=["account"])
    account_actions.add_authenticator_app(actor=SETTING_UP, account=account, secret=SECRET)
    factories.participate(staff, team)
    return Person(account, staff=staff)
