"""A passkey, set up and used in a real browser with a virtual authenticator."""

import datetime as dt
import re

from playwright.sync_api import Page, expect

from tests import factories
from tests.accounts.people import PASSWORD
from tests.fixtures.browser import OpenPage
from tests.fixtures.live import LiveSite
from tests.journeys.people import make_nurse


def give_authenticator(page: Page) -> None:
    """Plug a passkey device into the browser: it always says yes, as its owner would."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_staff_set_up_a_passkey_and_sign_in_with_it(live_site: LiveSite, open_page: OpenPage) -> None:
    live_site.set_clock(dt.datetime(2026, 3, 3, 15, tzinfo=dt.UTC))
    nurse = make_nurse(factories.make_team())
    page = open_page()
    give_authenticator(page)
    nurse.sign_in(page, door="VA staff sign-in")
    live_site.set_clock(dt.datetime(2026, 3, 3, 15, 1, tzinfo=dt.UTC))
    page.goto("/account/2fa/webauthn/add/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirm that it’s you")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Confirm", exact=True).click()
    page.get_by_label("Name").fill("My laptop")
    page.get_by_role("button", name=re.compile("Add|Create|Set up")).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    page.goto("/account/2fa/webauthn/")
    expect(page.get_by_text("My laptop").first).to_be_visible()
    page.context.clear_cookies()
    page.goto("/account/login/")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My teams: open")
