"""People who really sign in: a password, an authenticator app, and pages over HTTP."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client

from accounts import actions, factors
from accounts.models import Account, Level
from eligibility.models import StaffMember
from smportal.actor import Actor
from tests import factories

PASSWORD = "correct horse battery staple"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
BY = Actor.system("test")


@dataclass
class Person:
    """Somebody with a password and perhaps an authenticator app."""

    account: Account
    client: Client

    @property
    def code(self) -> str:
        """The code that the app shows now."""
        return code_at(factors.current_step())

    def password_step(self, password: str = PASSWORD, **extra: str) -> Any:
        """Post the first page of signing in."""
        data = {"login": self.account.username, "password": password}
        return self.client.post("/account/login/", data | extra)

    def code_step(self, code: str | None = None) -> Any:
        """Post the second page of signing in."""
        return self.client.post("/account/2fa/authenticate/", {"code": code or self.code})

    def sign_in(self) -> None:
        """Sign in with password and code; fails the test when that does not work."""
        assert self.password_step().status_code == 302
        response = self.code_step()
        assert response.status_code == 302, response.content


def code_at(step: int, secret: str = SECRET) -> str:
    """Return the code of the tests' authenticator app at a time step."""
    return str(format_hotp_value(hotp_value(secret, step)))


class Hands:
    """Moves the application's clock inside a test."""

    def __init__(self) -> None:
        self.now = dt.datetime(2026, 3, 4, 15, 0, 10, tzinfo=dt.UTC)

    def forward(self, seconds: float) -> None:
        """Let time pass."""
        self.now += dt.timedelta(seconds=seconds)


def make_person(*, record: bool = False, app: bool = True, level: Level = Level.PREMIUM, staff: bool = False) -> Person:
    """Make somebody through the same actions that the pages and the demo use."""
    number = next(factories._numbers)
    if staff:
        account = actions.create_staff_account(
            actor=BY, username=f"nurse{number}", email=f"nurse{number}@example.com", password=PASSWORD
        )
    else:
        account = actions.create_account(
            actor=BY,
            username=f"walker{number}",
            email=f"walker{number}@example.com",
            password=PASSWORD,
            email_verified=True,
        )
        actions.set_level(actor=BY, account=account, level=level, reason="test")
    if record:
        actions.link_record(actor=BY, account=account, record_linked=factories.make_record())
    if app:
        actions.add_authenticator_app(actor=BY, account=account, secret=SECRET)
    return Person(Account.objects.get(pk=account.pk), Client())


def account_of(staff: StaffMember) -> Account:
    """Return the account that the factory made for a staff member."""
    assert staff.account is not None
    return staff.account


def wrong_codes(count: int) -> list[str]:
    """Return codes that are not the app's now."""
    right = code_at(factors.current_step())
    return [code for code in (f"{number:06}" for number in range(count + 1)) if code != right][:count]
