"""Every page, as each kind of user and in both languages: axe, one h1, a real title, a way past the header, 320 px."""

import uuid
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page

from accounts.language import choose
from accounts.models import Account
from messaging.inbox import actions as team_actions
from messaging.mailbox import actions
from messaging.mailbox.content import DraftContent
from messaging.mailbox.drafts import save_draft
from messaging.mailbox.folders import actions as folders
from smportal.access import Audience, table
from tests import factories
from tests.consistency import urls
from tests.fixtures.browser import Axe, OpenPage
from tests.fixtures.live import LiveSite
from tests.signing_in import sign_in

# No pages: data, files, or a redirect to one of the others.
NOT_PAGES = {
    "healthz",
    "readyz",
    "session_extend",
    "mfa_login_webauthn",
    "mfa_download_recovery_codes",
    "draft_files",
    "mailbox_file_states",
    "team_file_states",
    "reply_files",
    "team_reply_files",
    "team_start_files",
}
ADMIN_PAGES = (
    "admin:index",
    "admin:eligibility_careteam_changelist",
    "admin:eligibility_careteam_add",
    "admin:eligibility_block_add",
    "admin:messaging_closure_add",
    "admin:audit_auditevent_changelist",
)
PORTAL = ("Secure Messaging", "Mensajería segura")


class Everything:
    """One of everything, so that each page has something to show."""

    def __init__(self) -> None:
        self.veteran, _, team = factories.make_eligible_veteran(factories.make_team(phone="555-555-0123"))
        nurse = factories.make_staff(team, leads=True)
        assert nurse.account is not None
        self.nurse = nurse.account
        self.administrator = factories.make_administrator()
        self.unverified = factories.make_account(factories.make_record(), level="basic")
        veteran, colleague = factories.actor_for(self.veteran), factories.staff_actor(nurse)
        content = DraftContent(team_id=team.id, category="general", subject="My knee", body="See https://www.va.gov.")
        message = actions.send(actor=veteran, draft_id=uuid.uuid4(), content=content)
        conversation_id = message.conversation_id
        team_actions.add_note(actor=colleague, conversation_id=conversation_id, draft_id=uuid.uuid4(), body="Call back")
        team_actions.reply(actor=colleague, conversation_id=conversation_id, draft_id=uuid.uuid4(), body="Rest it.")
        actions.reply(actor=veteran, conversation_id=conversation_id, draft_id=uuid.uuid4(), body="Thank you.")
        draft = save_draft(actor=veteran, draft_id=uuid.uuid4(), version=0, content=content)
        assert draft is not None
        self.places: dict[str, Any] = {
            "conversation_id": conversation_id,
            "message_id": message.id,
            "draft_id": draft.id,
            "folder_id": folders.create(actor=veteran, name="Diabetes").id,
            "team_id": team.id,
            "staff_id": factories.make_staff(team).id,
            "absence_id": factories.make_absence(nurse, factories.make_staff(team), team).id,
        }


def enter(page: Page, site: LiveSite, account: Account | None) -> None:
    """Give the browser the session that a sign-in leaves behind."""
    if account is None:
        return
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


def pages_for(who: str) -> list[str]:
    """Return the URL names that this person's tour visits; pages of one's account look alike for everybody."""
    readable = {name: rule for name, rule in table().items() if "GET" in rule.methods and name not in NOT_PAGES}
    match who:
        case "nobody":
            return sorted(name for name, rule in readable.items() if rule.audience is Audience.PUBLIC)
        case "unverified":
            return [*(name for name, rule in readable.items() if rule.audience is Audience.VETERAN), "dashboard"]
        case "veteran":
            kinds = {Audience.VETERAN, Audience.READER, Audience.ACCOUNT}
            return sorted(name for name, rule in readable.items() if rule.audience in kinds)
        case "nurse":
            return [*(name for name, rule in readable.items() if rule.audience is Audience.STAFF), "mfa_index"]
        case _:
            return ["mfa_index", *ADMIN_PAGES]


@pytest.mark.parametrize("who", ["nobody", "unverified", "veteran", "veteran, in Spanish", "nurse", "administrator"])
def test_every_page_is_sound(
    who: str, live_site: LiveSite, open_page: OpenPage, axe: Axe, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = Everything()
    for place, value in everything.places.items():
        monkeypatch.setitem(urls.PLACES, place, value)
    who, _, spanish = who.partition(", ")
    if spanish:
        choose(actor=factories.actor_for(everything.veteran), language="es")
    account = None if who == "nobody" else getattr(everything, who)
    page = open_page(phone=True)
    enter(page, live_site, account)
    visited, faults = set(), []
    for name in pages_for(who):
        page.set_viewport_size({"width": 375, "height": 740})
        assert page.goto(urls.path_of(name)) is not None
        path = urlsplit(page.url).path
        if path in visited:
            continue
        visited.add(path)
        if (page.locator("html").get_attribute("lang") == "es") != bool(spanish):
            faults.append(f"{name}: in the other language")
        faults += [f"{name}: {fault}" for fault in faults_of(page, axe, is_admin=path.startswith("/admin/"))]
    assert not faults, "\n".join(faults)
    assert len(visited) >= 3


def faults_of(page: Page, axe: Axe, *, is_admin: bool) -> list[str]:
    """Return what is wrong with the page as it stands."""
    found = []
    try:
        axe(page)
    except AssertionError as error:
        found.append(str(error)[:600])
    if page.locator("h1").count() != 1:
        found.append(f"{page.locator('h1').count()} level-one headings")
    if not any(portal in page.title() for portal in PORTAL) or len(page.title()) < len("Secure Messaging | X"):
        found.append(f"title {page.title()!r}")
    if is_admin:  # Django's own pages have their own skip link and layout
        return found
    # A page that answers a form puts the focus on its answer: past the skip link, on purpose.
    if page.evaluate("document.activeElement.matches('main [autofocus]')"):
        return found
    page.keyboard.press("Tab")
    if page.evaluate("document.activeElement.className") != "usa-skipnav":
        found.append("the first stop of the keyboard is not the skip link")
    page.set_viewport_size({"width": 320, "height": 700})
    page.evaluate("document.querySelectorAll('details').forEach((folded) => { folded.open = true })")
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        found.append("wider than 320 px")
    return found
