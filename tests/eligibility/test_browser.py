"""The checklist and the terms of use in a real browser: on a phone and on a desktop, and for a screen reader."""

from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import Account
from eligibility.models import TermsAcceptance
from tests import factories as make
from tests.fixtures.browser import Axe, OpenPage
from tests.fixtures.live import LiveSite
from tests.signing_in import sign_in


def signed_in(page: Page, site: LiveSite, account: Account) -> Page:
    """Give the browser the session that a sign-in leaves behind."""
    client = Client(headers={"user-agent": page.evaluate("navigator.userAgent")})
    sign_in(client, account)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies(
        [
            {
                "name": cookie.key,
                "value": cookie.value,
                "domain": str(urlsplit(site.url).hostname),
                "path": "/",
                "secure": True,
                "httpOnly": True,
            }
        ]
    )
    return page


@pytest.mark.parametrize("phone", [True, False])
def test_the_checklist_leads_to_the_terms_and_back(
    live_site: LiveSite, open_page: OpenPage, axe: Axe, phone: bool
) -> None:
    account, record, team = make.make_eligible_veteran(make.make_team(phone="555-0123"))
    make.block(record, team=make.make_team(public_name="Heart care team"))
    TermsAcceptance.objects.all().delete()
    page = signed_in(open_page(phone=phone), live_site, account)
    page.goto("/eligibility/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Can you use secure messaging?")
    expect(page.get_by_text("One thing on the list below is not met.")).to_be_visible()
    expect(page.get_by_role("link", name="555-0123").first).to_have_attribute("href", "tel:5550123")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    axe(page)
    page.get_by_role("link", name="Read the terms of use").click()
    expect(page.get_by_role("button", name="I agree to the terms of use")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="I agree to the terms of use").click()
    expect(page.get_by_text("Thank you. You agreed to the terms of use.")).to_be_visible()
    expect(page.get_by_role("heading", name="You can send messages to your care team", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name=team.public_name)).to_be_visible()
    axe(page)
