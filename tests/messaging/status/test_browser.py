"""The administrators' page of background work in a browser, from a trouble to having it tried again, also on a phone."""

import uuid

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from messaging.models import Notification, NotificationKind, NotificationState
from smportal import clock
from smportal.jobs.running import run
from tests import factories
from tests.eligibility.test_browser import signed_in
from tests.fixtures.browser import Axe, OpenPage
from tests.fixtures.live import LiveSite


@pytest.mark.parametrize("phone", [True, False])
def test_from_what_is_wrong_to_having_it_tried_again(
    live_site: LiveSite, open_page: OpenPage, axe: Axe, phone: bool
) -> None:
    veteran, _, _ = factories.make_eligible_veteran()
    run("track-responses", uuid.uuid4(), lambda: 3)
    row = Notification.objects.create(
        kind=NotificationKind.NEW_MESSAGE, recipient=veteran, cause_id=uuid.uuid4(), created_at=clock.now(),
        next_attempt_at=clock.now(), state=NotificationState.FAILED, last_error="550", sent_to="j•••@example.test",
    )  # fmt: skip
    page = signed_in(open_page(phone=phone), live_site, factories.make_administrator())
    page.goto(reverse("admin:messaging_notification_background"))
    expect(page.get_by_role("heading", name="Reminders, overdue answers, escalations and alarms")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    axe(page)
    page.get_by_role("listitem").filter(has_text="Emails refused").get_by_role("link").click()
    expect(page.get_by_text("The mail server refused it for good. (Code: 550)")).to_be_visible()
    axe(page)
    page.get_by_role("checkbox", name="Select this object for an action").check()
    page.get_by_label("Action:").first.select_option("try_again")
    page.get_by_role("button", name="Go").first.click()
    expect(page.get_by_text("Will be tried again: 1")).to_be_visible()
    row.refresh_from_db()
    assert row.state == NotificationState.PENDING
