"""The public pages in a real browser: nothing for axe to find, narrow, enlarged, by keyboard, without scripts."""

import re
from collections.abc import Callable

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from eligibility.models import Facility
from tests.fixtures.browser import Axe, OpenPage

PAGES = (
    "/", "/help/", "/help/protect-your-copies/", "/find-a-facility/?q=togus", "/find-a-facility/?q=nothing",
    "/account/login/", "/account/signup/", "/account/password/reset/", "/no-such-page",
)  # fmt: skip


def overflow(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_nothing_for_axe_to_find(open_page: OpenPage, axe: Axe, phone: bool) -> None:
    Facility.objects.create(station_number="402", name="Togus", state="ME", time_zone="America/New_York")
    page = open_page(phone=phone)
    for path in PAGES:
        page.goto(path)
        axe(page)
        assert overflow(page) <= 0, path


def test_at_320_pixels_and_with_text_twice_as_large_nothing_is_cut(open_page: OpenPage) -> None:
    page = open_page()
    page.set_viewport_size({"width": 320, "height": 640})
    for path in PAGES:
        page.goto(path)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert overflow(page) <= 0, path


def test_everything_comes_from_here(open_page: OpenPage) -> None:
    page = open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/")

    assert asked
    assert [url for url in asked if not url.startswith(settings.SITE_URL)] == []


def test_the_first_tab_stop_skips_to_the_content(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/help/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "usa-skipnav"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert page.evaluate("document.getElementById('main').contains(document.activeElement)")


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no-scripts"])
def test_the_error_summary_takes_focus_and_links_to_the_field(open_page: OpenPage, javascript: bool) -> None:
    page = open_page(javascript=javascript)
    page.goto("/account/signup/")
    page.get_by_role("button", name="Create account").click()

    summary = page.locator("[data-error-summary]")
    expect(page).to_have_title(re.compile("^Error:"))
    expect(summary).to_be_focused()
    summary.get_by_role("link").first.click()
    expect(page.locator("#id_username")).to_be_focused()


def test_questions_open_without_scripts(open_page: OpenPage) -> None:
    page = open_page(javascript=False)
    page.goto("/help/")
    answer = page.get_by_text("your team still gets only one message")
    assert not answer.is_visible()
    page.get_by_text("How do I know that my message was sent?").click()

    assert answer.is_visible()


def test_paper_carries_the_folded_answers_but_not_the_sign_in(open_page: OpenPage) -> None:
    page = open_page()
    page.goto("/")
    page.emulate_media(media="print")

    assert not page.locator("#sign-in").is_visible()
    assert page.locator("#emergencies").is_visible()


@pytest.fixture
def dialog(open_page: OpenPage) -> Callable[[int, int], Page]:
    """A page with the session dialog and its script, as base.html puts it on a signed-in page."""

    def with_times(idle: int, warn: int) -> Page:
        page = open_page()
        page.clock.install()
        page.goto("/help/")
        page.evaluate(
            """([idle, warn]) => {
              const dialog = document.createElement('dialog');
              dialog.id = 'session-dialog';
              Object.assign(dialog.dataset, {idleSeconds: idle, warnSeconds: warn, extendUrl: '/extend', endedUrl: '/'});
              const left = document.createElement('strong'); left.setAttribute('data-session-left', '');
              const stay = document.createElement('button'); stay.setAttribute('data-session-extend', '');
              stay.textContent = 'Keep me signed in';
              dialog.append(left, stay, document.createElement('form'));
              document.body.append(dialog);
            }""",
            [idle, warn],
        )
        page.add_script_tag(url="/static/js/session.js")
        return page

    return with_times


def test_the_session_dialog_warns_and_a_key_keeps_the_session(dialog: Callable[[int, int], Page]) -> None:
    page = dialog(600, 120)
    page.route("**/extend", lambda route: route.fulfill(json={"remaining_seconds": 600}))
    page.clock.run_for(479_000)
    assert not page.locator("#session-dialog").is_visible()
    page.clock.run_for(3_000)
    assert page.locator("[data-session-left]").inner_text() == "2 minutes"
    with page.expect_request("**/extend") as asked:
        page.keyboard.press("Enter")
    assert asked.value.method == "POST"
    page.locator("#session-dialog").wait_for(state="hidden")


def test_when_time_is_up_the_page_leaves(dialog: Callable[[int, int], Page]) -> None:
    page = dialog(600, 120)
    page.evaluate("document.addEventListener('portal:before-session-end', () => { sessionStorage.told = 'yes' })")
    page.clock.run_for(601_000)
    page.wait_for_url(lambda url: url.count("/") == 3 and url.endswith("/"))

    assert page.evaluate("sessionStorage.told") == "yes"
