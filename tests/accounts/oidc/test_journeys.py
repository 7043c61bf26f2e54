"""People sign in through the sandboxes in a real browser, by the real protocol."""

import re

import pytest
from allauth.account.models import EmailAddress
from playwright.sync_api import Page, expect

from accounts.models import Account, Credential, Level
from smportal.audit.actions import Deed
from smportal.audit.models import AuditEvent
from tests import factories
from tests.accounts.oidc.cast import persona, record_of
from tests.fixtures.browser import Axe, OpenPage
from tests.fixtures.live import LiveSite

SERVICES = {"dslogon": "DS Logon", "idme": "ID.me", "logingov": "Login.gov"}


def choose_service(page: Page, name: str) -> None:
    """Start from the public page; the service asks who it is."""
    page.goto("/")
    page.get_by_role("button", name=name, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{name} sandbox")


def sign_in(page: Page, service: str, person: str) -> None:
    choose_service(page, service)
    page.get_by_role("button", name=person, exact=True).click()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_verified_logingov_account_lands_on_the_dashboard(
    live_site: LiveSite, sandbox: str, open_page: OpenPage, javascript: bool
) -> None:
    lani = persona("lani.pritchard")
    record = record_of(lani)
    page = open_page(javascript=javascript)
    sign_in(page, "Login.gov", f"{lani.full_name}: IAL2: verified")
    page.wait_for_url(re.compile(r"/messages|/dashboard|/home|/my"))
    account = Account.objects.get(record=record)
    credential = Credential.objects.get(account=account)
    assert (credential.kind, credential.subject, credential.level) == ("logingov", lani.subject, Level.IAL2)
    assert not Account.objects.exclude(pk=account.pk).exists()
    assert EmailAddress.objects.get(user=account).verified
    deeds = list(AuditEvent.objects.order_by("pk").values_list("deed", flat=True))
    assert deeds[-4:] == [Deed.ACCOUNT_CREATED, Deed.RECORD_LINKED, Deed.CREDENTIAL_LINKED, Deed.SIGNED_IN]
