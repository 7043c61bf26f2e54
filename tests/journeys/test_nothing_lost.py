"""Nothing that somebody typed is lost: autosave, two tabs, an ended session, records out of reach; in a browser."""

import datetime as dt
from typing import Any

import pytest
from playwright.sync_api import Dialog, Page, Route, expect
from pytest_django import Settings

from messaging.mailbox import drafts
from messaging.models import Draft, Message
from smportal.crypto.errors import KeyUnavailableError
from smportal.crypto.keyring import EnvironmentKeyring
from tests import factories
from tests.fixtures.browser import Axe, OpenPage
from tests.fixtures.live import LiveSite
from tests.journeys.people import Person, make_nurse, make_veteran

TUESDAY = dt.datetime(2026, 3, 3, 15, 42, tzinfo=dt.UTC)
TEXT = "It hurts when I climb stairs.\nAt night, too."
SAVED = "Saved at 10:42 a.m. EST"


@pytest.fixture
def veteran(live_site: LiveSite) -> Person:
    live_site.set_clock(TUESDAY)
    team = factories.make_team(public_name="Dr. Lee’s primary care team", phone="555-555-0123")
    make_nurse(team)
    return make_veteran(team)


def compose(page: Page, veteran: Person) -> None:
    veteran.sign_in(page)
    page.goto("/messages/urgent-needs/")
    page.get_by_role("button", name="My question can wait").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("New message")


def body(page: Page) -> Any:
    return page.get_by_label("Message", exact=True)


def status(page: Page) -> Any:
    return page.locator("[data-autosave-line]")


def saved_bodies() -> set[str]:
    return {drafts.content_of(draft).body for draft in Draft.objects.all()}


def no_overflow(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_typing_is_saved_and_said(veteran: Person, open_page: OpenPage, axe: Axe, phone: bool) -> None:
    page = open_page(phone=phone)
    compose(page, veteran)
    expect(status(page)).to_have_text("Not saved yet")
    axe(page)
    body(page).fill(TEXT)
    expect(status(page)).to_have_text(SAVED)
    expect(page.locator("#announcer")).to_have_text(SAVED)
    assert saved_bodies() == {TEXT}
    assert no_overflow(page)
    axe(page)
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    page.get_by_label("Subject").fill("My knee")
    expect(status(page)).to_have_text("Not saved yet")
    expect(status(page)).to_have_text(SAVED)
    page.reload()
    expect(body(page)).to_have_value(TEXT)
    expect(page.get_by_label("Subject")).to_have_value("My knee")


def test_send_right_after_typing_sends_once_and_leaves_no_draft(veteran: Person, page: Page) -> None:
    compose(page, veteran)
    page.get_by_text("Dr. Lee’s primary care team").first.click()
    page.get_by_label("Category").select_option("Test result")
    page.get_by_label("Subject").fill("My knee")
    body(page).fill("First words")
    waiting: list[Route] = []
    page.route("**/messages/new/save/", lambda route: waiting.append(route))  # noqa: PLW0108 - wants a function of Python
    with page.expect_request("**/messages/new/save/"):
        body(page).fill(TEXT)
    body(page).fill(TEXT + " And more.")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("New message")
    waiting[0].continue_()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your message was sent")
    assert Message.objects.get().unseal_text("body_sealed") == TEXT + " And more."
    assert not Draft.objects.exists()


def test_pressing_a_button_starts_no_save_that_the_next_page_would_take_for_another_tab(
    veteran: Person, page: Page
) -> None:
    compose(page, veteran)
    happened: list[str] = []
    page.on("request", lambda request: happened.append(request.url.rpartition("/messages/")[2]))
    body(page).fill(TEXT)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("[data-error-summary]")).to_contain_text("Enter a subject")
    # The page that came back saves what it shows, once; nothing went out on the way there.
    expect(status(page)).to_have_text(SAVED)
    assert [url for url in happened if "new/" in url] == ["new/", "new/save/"]


def test_a_lost_connection_is_said_tried_again_and_guards_the_page(veteran: Person, page: Page, axe: Axe) -> None:
    compose(page, veteran)
    page.route("**/messages/new/save/", lambda route: route.abort())
    body(page).fill(TEXT)
    expect(status(page)).to_have_text("Not saved yet – trying again")
    axe(page)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.evaluate("window.location.assign('/messages/')")
    page.wait_for_function("() => true")
    expect(body(page)).to_have_value(TEXT)
    assert asked == ["beforeunload"]
    page.unroute("**/messages/new/save/")
    body(page).fill(TEXT + " More.")
    expect(status(page)).to_have_text(SAVED)
    assert saved_bodies() == {TEXT + " More."}
    page.goto("/messages/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Inbox")
    assert asked == ["beforeunload"]


def test_an_answer_that_got_lost_is_not_taken_for_another_tab(veteran: Person, page: Page) -> None:
    compose(page, veteran)
    lost: list[int] = []

    def lose_first(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    page.route("**/messages/new/save/", lose_first)
    body(page).fill(TEXT)
    expect(status(page)).to_have_text("Not saved yet – trying again")
    body(page).fill(TEXT + " More.")
    expect(status(page)).to_have_text(SAVED)
    assert lost == [200]
    assert saved_bodies() == {TEXT + " More."}


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_two_tabs_the_second_is_told_and_chooses(veteran: Person, open_page: OpenPage, axe: Axe, phone: bool) -> None:
    page = open_page(phone=phone)
    compose(page, veteran)
    body(page).fill("Begun")
    expect(status(page)).to_have_text(SAVED)
    other = page.context.new_page()
    other.goto(page.url)
    body(other).fill("In the other tab")
    expect(status(other)).to_have_text(SAVED)
    body(page).fill(TEXT)
    expect(status(page)).to_have_text("Not saved: this draft was changed in another tab")
    assert saved_bodies() == {"In the other tab"}
    axe(page)
    assert no_overflow(page)
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Open the other version in a new tab").click()
    expect(body(opened.value)).to_have_value("In the other tab")
    page.get_by_role("button", name="Keep this text as a new draft").click()
    expect(page.get_by_text("This text is kept as a new draft.")).to_be_visible()
    expect(body(page)).to_have_value(TEXT)
    assert saved_bodies() == {"In the other tab", TEXT}


def test_a_reply_is_saved_while_it_is_typed(veteran: Person, page: Page, live_site: LiveSite, axe: Axe) -> None:
    compose(page, veteran)
    page.get_by_text("Dr. Lee’s primary care team").first.click()
    page.get_by_label("Category").select_option("Test result")
    page.get_by_label("Subject").fill("My knee")
    body(page).fill(TEXT)
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your message was sent")
    page.goto(f"/messages/{Message.objects.get().conversation_id}/")
    page.get_by_label("Your reply").fill("And today it is better.")
    expect(status(page)).to_have_text(SAVED)
    axe(page)
    page.reload()
    expect(page.get_by_label("Your reply")).to_have_value("And today it is better.")
    # Seven weeks later the conversation takes no reply any more; what waited there is shown, and goes along.
    live_site.set_clock(TUESDAY + dt.timedelta(days=46))
    address = page.url
    veteran.sign_in(page)
    page.goto(address)
    expect(page.get_by_role("button", name="Continue as a new conversation")).to_be_visible()
    expect(page.get_by_label("Your reply")).to_have_value("And today it is better.")
    axe(page)
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 740})
        assert no_overflow(page)


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no-scripts"])
def test_an_ended_session_keeps_what_was_typed(
    veteran: Person, live_site: LiveSite, open_page: OpenPage, axe: Axe, javascript: bool
) -> None:
    page = open_page(javascript=javascript)
    compose(page, veteran)
    page.route("**/messages/new/save/", lambda route: route.abort())
    page.get_by_label("Subject").fill("My knee")
    body(page).fill(TEXT)
    live_site.set_clock(TUESDAY + dt.timedelta(minutes=31))
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("What you wrote is kept as a draft")).to_be_visible()
    if javascript:
        axe(page)
    assert not Message.objects.exists()
    sign_in_here(page, veteran)
    expect(body(page)).to_have_value(TEXT)
    expect(page.get_by_label("Subject")).to_have_value("My knee")


def sign_in_here(page: Page, veteran: Person) -> None:
    from accounts import factors
    from tests.accounts.people import PASSWORD, code_at

    page.get_by_label("Username").fill(veteran.account.username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_label("code", exact=False).first.fill(code_at(factors.current_step()))
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("New message")


def test_a_late_autosave_says_so_and_the_text_stays(veteran: Person, live_site: LiveSite, page: Page) -> None:
    compose(page, veteran)
    body(page).fill("Begun")
    expect(status(page)).to_have_text(SAVED)
    live_site.set_clock(TUESDAY + dt.timedelta(minutes=31))
    body(page).fill(TEXT)
    expect(status(page)).to_contain_text("Your session had ended, so nothing was sent.")
    expect(body(page)).to_have_value(TEXT)
    assert saved_bodies() == {TEXT}


def test_the_dialog_warns_extends_saves_and_ends(
    veteran: Person, live_site: LiveSite, open_page: OpenPage, axe: Axe
) -> None:
    page = open_page()
    veteran.sign_in(page)
    page.clock.install(time=TUESDAY)
    page.goto("/messages/urgent-needs/")
    page.get_by_role("button", name="My question can wait").click()
    dialog = page.get_by_role("dialog", name="Do you need more time?")
    expect(dialog).to_be_hidden()

    def forward(seconds: int) -> None:
        forward.now += dt.timedelta(seconds=seconds)  # type: ignore[attr-defined]
        live_site.set_clock(forward.now)  # type: ignore[attr-defined]
        page.clock.run_for(seconds * 1000)

    forward.now = TUESDAY  # type: ignore[attr-defined]
    forward(24 * 60 + 1)
    expect(dialog).to_be_visible()
    expect(page.get_by_role("button", name="Keep me signed in")).to_be_focused()
    axe(page)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Sign out now")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    forward(24 * 60)
    expect(dialog).to_be_hidden()
    forward(60)
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()

    body(page).fill(TEXT)
    page.route("**/messages/new/save/", lambda route: route.abort())
    page.clock.run_for(2500)
    expect(status(page)).to_have_text("Not saved yet – trying again")
    page.unroute("**/messages/new/save/")
    live_site.set_clock(forward.now + dt.timedelta(minutes=29, seconds=30))  # type: ignore[attr-defined]
    with page.expect_request(lambda request: "/session/ended" in request.url):
        page.clock.fast_forward(30 * 60 * 1000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert saved_bodies() == {TEXT}
    assert f"next=%2Fmessages%2Fdrafts%2F{Draft.objects.get().id}%2F" in page.url
    sign_in_here(page, veteran)
    expect(body(page)).to_have_value(TEXT)


def test_what_is_typed_before_the_script_runs_is_saved_too(veteran: Person, page: Page) -> None:
    held: list[Route] = []
    page.route("**/js/autosave*.js", lambda route: held.append(route))  # noqa: PLW0108 - wants a function of Python
    compose(page, veteran)
    body(page).fill(TEXT)
    held[0].continue_()
    expect(status(page)).to_have_text(SAVED)
    assert saved_bodies() == {TEXT}


def test_a_save_when_time_runs_out_keeps_no_session_alive(veteran: Person, live_site: LiveSite, page: Page) -> None:
    compose(page, veteran)
    # Nobody listens for the event before the page's scripts have run.
    page.wait_for_load_state("domcontentloaded")
    headers: list[str | None] = []
    page.on(
        "request",
        lambda request: headers.append(request.headers.get("x-portal-polling")) if "save" in request.url else None,
    )
    page.evaluate(
        """() => { document.querySelector('textarea').value = 'Typed';
        document.dispatchEvent(new CustomEvent('portal:before-session-end', {detail: {waitFor: () => null}})); }"""
    )
    expect(status(page)).to_have_text(SAVED)
    assert headers == ["1"]


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
@pytest.mark.parametrize("away", ["key", "database"])
def test_records_out_of_reach_give_the_text_back(
    veteran: Person,
    live_site: LiveSite,
    open_page: OpenPage,
    axe: Axe,
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    away: str,
    phone: bool,
) -> None:
    page = open_page(phone=phone)
    compose(page, veteran)
    page.get_by_text("Dr. Lee’s primary care team").first.click()
    page.get_by_label("Category").select_option("Test result")
    page.get_by_label("Subject").fill("My knee <b>")
    body(page).fill("\n" + TEXT)
    with monkeypatch.context() as outage:
        break_it(outage, away)
        page.get_by_role("button", name="Send", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Your message was not sent")
    expect(body(page)).to_have_value("\n" + TEXT)
    expect(page.get_by_label("Subject")).to_have_value("My knee <b>")
    axe(page)
    assert no_overflow(page)
    assert not Message.objects.exists()
    live_site.errors.clear()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your message was sent")
    assert Message.objects.get().unseal_text("body_sealed") == TEXT


def break_it(outage: pytest.MonkeyPatch, away: str) -> None:
    if away == "key":

        def gone(*_: Any) -> bytes:
            raise KeyUnavailableError("away")

        outage.setattr(EnvironmentKeyring, "unwrap", gone)
        outage.setattr(EnvironmentKeyring, "wrap", gone)
        return
    from django.db import OperationalError
    from django.db.backends.postgresql.base import DatabaseWrapper

    def no_connection(self: DatabaseWrapper) -> None:
        raise OperationalError("connection refused")

    outage.setattr(DatabaseWrapper, "connect", no_connection)
