"""Every page of a veteran, with its errors and notices, on a small phone, at 200 % zoom, and with text twice as large."""

import datetime as dt
import os
import re
import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from messaging.inbox import actions as team_actions
from messaging.mailbox import actions
from messaging.mailbox.content import DraftContent
from messaging.mailbox.drafts import save_draft
from messaging.mailbox.folders import actions as folders
from messaging.mailbox.moving import actions as moving
from messaging.mailbox.moving.spots import TRASH
from smportal import clock
from tests import factories
from tests.fixtures.browser import Axe
from tests.fixtures.live import LiveSite
from tests.journeys.test_every_page import enter

TUESDAY = dt.datetime(2026, 3, 3, 15, tzinfo=dt.UTC)
# Words that do not fit anywhere: what people paste, and what a health care system calls itself.
LONG = "Otorhinolaryngology-and-endocrinology"
SEND = re.compile("^Send$")
WAYS = {
    "320-px": {"viewport": {"width": 320, "height": 640}},
    # A window of 1280 px at 200 %.
    "zoom-200": {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2},
    "text-200": {"viewport": {"width": 1280, "height": 900}},
}

# What is wider than the window, or cut off, or lies under something else once it is scrolled into sight.
MISPLACED = """() => {
  const faults = [];
  if (document.documentElement.scrollWidth > window.innerWidth) {
    faults.push("scrolls sideways: " + document.documentElement.scrollWidth + " > " + window.innerWidth);
    for (const one of document.querySelectorAll("main *")) {
      if (one.getBoundingClientRect().right > window.innerWidth + 1) faults.push("  too wide: " + one.outerHTML.slice(0, 120));
    }
  }
  for (const one of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")) {
    const shown = one.matches(".usa-checkbox__input, .usa-radio__input") ? one.labels[0] : one;
    if (!shown || !shown.checkVisibility({ visibilityProperty: true })) continue;
    if (one.matches(".usa-sr-only, .usa-skipnav, [aria-hidden=true]") || one.closest(".usa-sr-only, [hidden], [inert]")) continue;
    shown.scrollIntoView({ block: "center", behavior: "instant" });
    const box = shown.getClientRects()[0];
    if (!box || box.width < 2 || box.height < 2) continue;
    const hit = document.elementFromPoint(box.left + Math.min(box.width / 2, 40), box.top + box.height / 2);
    if (!hit || !(shown.contains(hit) || hit.contains(shown))) {
      faults.push("covered: " + shown.outerHTML.slice(0, 120) + " by " + (hit ? hit.outerHTML.slice(0, 80) : "nothing"));
    }
  }
  window.scrollTo(0, 0);
  return faults;
}"""


class Everything:
    """A veteran of two health care systems, with conversations, folders, drafts and something in the trash."""

    def __init__(self) -> None:
        self.team = factories.make_team(public_name=f"{LONG} team", phone="555-555-0123")
        self.account, self.record, _ = factories.make_eligible_veteran(self.team)
        other = factories.make_team(public_name="Eye clinic")
        factories.participate(factories.make_staff(other), other)
        factories.associate(self.record, other)
        self.actor = factories.actor_for(self.account)
        nurse = factories.staff_actor(factories.make_staff(self.team))
        self.sent = [self.send(f"{LONG} {number}") for number in range(3)]
        for sent in self.sent[:2]:
            team_actions.reply(actor=nurse, conversation_id=sent[1], draft_id=uuid.uuid4(), body=f"Go to {LONG}.")
        self.folder = folders.create(actor=self.actor, name="Diabetesandhypertension").id
        moving.move(actor=self.actor, conversation_ids=[self.sent[2][1]], target=TRASH)
        content = DraftContent(team_id=self.team.id, subject=LONG, body="Not finished")
        draft = save_draft(actor=self.actor, draft_id=uuid.uuid4(), version=0, content=content)
        assert draft is not None
        self.draft = draft.id

    def send(self, subject: str) -> tuple[uuid.UUID, uuid.UUID]:
        content = DraftContent(team_id=self.team.id, category="general", subject=subject, body=f"{LONG} " * 20)
        message = actions.send(actor=self.actor, draft_id=uuid.uuid4(), content=content)
        return message.id, message.conversation_id


def press(page: Page, name: str | re.Pattern[str]) -> None:
    """Press a button of the page itself, and wait for what it answers."""
    with page.expect_navigation():
        page.locator("main").get_by_role("button", name=name).last.click()


def stops(page: Page, made: Everything) -> Iterator[str]:
    """Go through the pages, and name each as it stands."""
    for name, path in (
        ("home", "/home/"),
        ("checklist", "/eligibility/"),
        ("missing-team", "/missing-team/"),
        ("settings", "/account/settings/"),
        ("library", "/account/2fa/"),
        ("conversation", f"/messages/{made.sent[0][1]}/"),
        ("print-notice", f"/messages/{made.sent[0][1]}/copy/pdf/"),
        ("confirmation", f"/messages/sent/{made.sent[0][0]}/"),
        ("folder-rename", f"/messages/folders/{made.folder}/rename/"),
        ("folder-empty", f"/messages/folders/{made.folder}/"),
        ("sent", "/messages/sent/"),
        ("trash", "/messages/trash/"),
        ("filter", "/messages/?sort=oldest&since=yesterday"),
        ("filter-none", "/messages/?category=referral"),
        ("urgent-needs", "/messages/urgent-needs/"),
    ):
        page.goto(path)
        yield name
    press(page, "My question can wait")
    yield "choose-team"
    press(page, "Continue")
    yield "choose-team-error"
    page.goto(f"/messages/new/to/{made.team.id}/")
    yield "compose"
    press(page, SEND)
    yield "compose-errors"
    page.get_by_text("Ask with a form").click()
    press(page, "Prescription renewal")
    yield "guided"
    press(page, SEND)
    yield "guided-errors"
    page.goto(f"/messages/drafts/{made.draft}/")
    version = page.locator("[name=version]")
    version.evaluate("field => { field.value = '1'; }")
    page.get_by_label("Message", exact=True).fill("From another tab")
    press(page, "Save draft")
    yield "two-versions"
    page.goto("/messages/")
    press(page, re.compile("^Move$"))
    yield "inbox-error"
    page.locator(".row--pick label").first.click()
    press(page, "Move to trash")
    yield "inbox-undo"
    page.goto("/messages/folders/")
    page.get_by_label("Folder name").fill("a/b")
    press(page, "Make folder")
    yield "folders-error"
    page.goto("/messages/drafts/")
    yield "drafts"
    press(page, "Delete draft")
    yield "drafts-undo"
    page.goto("/messages/drafts/deleted/")
    yield "drafts-deleted"
    page.goto("/messages/search/")
    yield "search"
    for words, name in (("endocrinology", "search-results"), ("axolotl", "search-none"), ("", "search-error")):
        page.goto("/messages/search/")
        page.locator("#id_words").fill(words)
        press(page, "Search with these options")
        yield name


def picture(page: Page, name: str) -> None:
    """Keep a picture where somebody asked for one."""
    if folder := os.environ.get("MAILBOX_PICTURES"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.mark.parametrize("way", WAYS)
def test_nothing_scrolls_sideways_or_is_covered(way: str, live_site: LiveSite, browser: Browser, axe: Axe) -> None:
    live_site.set_clock(TUESDAY)
    with clock.at(TUESDAY):
        made = Everything()
    context = browser.new_context(base_url=live_site.url, locale="en-US", **WAYS[way])  # type: ignore[arg-type]
    faults = []
    try:
        page = context.new_page()
        with clock.at(TUESDAY):
            enter(page, live_site, made.account)
        for name in stops(page, made):
            if way == "text-200":
                page.evaluate("document.documentElement.style.fontSize = '200%'")
            faults += [f"{name}: {fault}" for fault in page.evaluate(MISPLACED)]
            if way == "320-px":
                # What axe finds does not depend on the window; the tour of every page looks at more widths.
                axe(page)
            picture(page, f"{way}-{name}")
    finally:
        context.close()
    assert not faults, "\n".join(faults)
