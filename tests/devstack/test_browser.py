"""The browser of the tests is real, strict about the CSP, and axe can fail."""

import pytest
from playwright.sync_api import Error, Page

from tests.fixtures.browser import Axe, OpenPage
from tests.fixtures.live import LiveSite


def test_a_page_of_the_live_site_is_rendered(page: Page, live_site: LiveSite) -> None:
    answer = page.goto("/healthz")
    assert answer is not None
    assert answer.status == 200
    assert page.url.startswith(live_site.url)


def test_axe_finds_what_is_wrong(page: Page, axe: Axe) -> None:
    page.set_content('<html lang="en"><title>t</title><main><h1>Fine</h1></main></html>')
    axe(page)
    page.set_content('<html lang="en"><title>t</title><main><h1>Not</h1><img src="x.png"></main></html>')
    with pytest.raises(AssertionError, match="image-alt"):
        axe(page)


def test_the_browser_reaches_this_machine_only(page: Page) -> None:
    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("http://www.va.gov/")


def test_two_people_have_two_sessions(open_page: OpenPage) -> None:
    one, other = open_page(), open_page(phone=True)
    one.goto("/healthz")
    one.context.add_cookies([{"name": "mine", "value": "1", "url": one.url}])
    assert [cookie.get("name") for cookie in one.context.cookies()] == ["mine"]
    assert other.context.cookies() == []


def test_the_style_sheet_is_served(page: Page) -> None:
    answer = page.goto("/static/portal.css")
    assert answer is not None
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/css")
