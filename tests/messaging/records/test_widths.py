"""A conversation with everything in it, on every screen: nothing runs out, nothing is hidden from anybody."""

from pathlib import Path

from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from messaging.records.archive.making import make_archives
from smportal import clock
from smportal.actor import Actor
from tests.fixtures.browser import Axe, OpenPage
from tests.fixtures.live import LiveSite
from tests.messaging.records.test_browser import fits, picture
from tests.messaging.records.whole import Whole
from tests.messaging.threads import DAY
from tests.signing_in import sign_in

# The last one is a desktop at 200 % zoom.
WIDTHS = {"desktop": 1280, "phone": 375, "narrow": 320, "zoomed": 640}
LONG = "https://www.example.gov/" + "pneumonoultramicroscopic" * 12


def open_signed_in(page: Page, whole: Whole, live_site: LiveSite) -> None:
    client = Client()
    sign_in(client, whole.account)
    [(name, cookie)] = [(name, morsel.value) for name, morsel in client.cookies.items() if "session" in name]
    # The browser takes a cookie of this kind from https only, and sends it to this machine all the same.
    url = live_site.url.replace("http:", "https:")
    page.context.add_cookies([{"name": name, "value": cookie, "url": url, "secure": True, "httpOnly": True}])


def test_forty_messages_with_everything(
    live_site: LiveSite, store: Path, devscan: int, open_page: OpenPage, axe: Axe
) -> None:
    whole = Whole(clock.now() - 5 * DAY)
    conversation_id = whole.first.conversation_id
    heart = whole.nurse_of(whole.heart)
    for number in range(18):
        with clock.at(clock.now() - 3 * DAY + number * DAY / 12):
            whole.legal_reply(f"Turn {number}. See {LONG}")
        with clock.at(clock.now() - 3 * DAY + number * DAY / 12 + DAY / 24):
            whole.answer_by(heart, f"Answer {number}: {'w' * 300}")
    page = open_page()
    open_signed_in(page, whole, live_site)
    for name, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"/messages/{conversation_id}/")
        expect(page.get_by_text("Turn 17")).to_be_visible()
        expect(page.get_by_text("The bodycanary hurts.")).to_have_count(2)
        expect(page.get_by_text("The bodycanary hurts.").first).to_be_visible()
        expect(page.get_by_text("The bodycanary hurts.").last).not_to_be_visible()
        picture(page, f"forty-{name}")
        page.get_by_role("button", name="Open all messages").click()
        expect(page.get_by_text("The bodycanary hurts.").first).not_to_be_visible()
        expect(page.get_by_text("The bodycanary hurts.").last).to_be_visible()
        expect(page.get_by_text("passed this conversation on to")).to_be_visible()
        assert fits(page), name
        picture(page, f"forty-open-{name}")
        # Files fold away and come back by the keyboard.
        files = page.locator(".attachments > summary").first
        files.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_text("readycanary.txt")).not_to_be_visible()
        page.keyboard.press("Enter")
        expect(page.get_by_text("readycanary.txt")).to_be_visible()
        axe(page)
    page.goto(reverse("records_archive"))
    picture(page, "archive-ask")
    page.get_by_role("button", name="Make my copy").click()
    make_archives(actor=Actor.system("archives"))
    page.reload()
    picture(page, "archive-ready")
    assert fits(page)
    axe(page)
