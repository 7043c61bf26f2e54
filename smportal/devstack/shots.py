"""``bin/shots``: pictures of the running demo for the README, at phone and desktop width."""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

from playwright.sync_api import Browser, Page, sync_playwright

from smportal.devstack import chromium, state
from smportal.devstack.codes import STEP_SECONDS, code_now
from smportal.devstack.supervisor import StackError

ROOT = Path(__file__).resolve().parent.parent.parent
WIDTHS = {375: 740, 1280: 900}
PUBLIC = {"landing": "/", "facility-finder": "/find-a-facility/", "sign-in": "/account/login/"}
VETERAN = {
    "home": "/home/",
    "eligibility": "/eligibility/",
    "inbox": "/messages/",
    "sent": "/messages/sent/",
    "drafts": "/messages/drafts/",
    "urgent-needs": "/messages/urgent-needs/",
}
STAFF = {"team-queue": "/team/open/", "team-overdue": "/team/overdue/"}
ADMINISTRATOR = {"admin": "/admin/", "admin-teams": "/admin/eligibility/careteam/", "audit": "/admin/audit/auditevent/"}
TOURS = {
    "veteran": ("veteran", VETERAN),
    "staff": ("Registered Nurse", STAFF),
    "administrator": ("National Administrator", ADMINISTRATOR),
}


class Persona(TypedDict):
    """What ``bin/demo --people`` tells of somebody, as far as a picture needs it."""

    name: str
    role: str
    username: str
    password: str
    totp_secret: str


def people() -> list[Persona]:
    """Return the demo's cast."""
    command = [sys.executable, str(ROOT / "manage.py"), "demo_people"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    cast: list[Persona] = json.loads(done.stdout)
    return [person for person in cast if person["totp_secret"]]


class Camera:
    """Takes each page at each width."""

    def __init__(self, browser: Browser, site_url: str, target: Path) -> None:
        self.browser, self.site_url, self.target = browser, site_url, target
        self.files: list[Path] = []

    @contextmanager
    def visit(self, width: int, person: Persona | None = None) -> Iterator[Page]:
        """Open a browser of its own, signed in as somebody."""
        context = self.browser.new_context(
            base_url=self.site_url,
            viewport={"width": width, "height": WIDTHS[width]},
            locale="en-US",
            reduced_motion="reduce",
        )
        page = context.new_page()
        if person is not None:
            sign_in(page, person)
        yield page
        context.close()

    def shoot(self, page: Page, name: str, width: int) -> None:
        """Save the whole page as it is."""
        path = self.target / f"{name}-{width}.png"
        page.screenshot(path=path, full_page=True)
        self.files.append(path)

    def tour(self, pages: dict[str, str], person: Persona | None = None) -> None:
        """Take some pages at each width."""
        for width in WIDTHS:
            with self.visit(width, person) as page:
                for name, path in pages.items():
                    page.goto(path)
                    self.shoot(page, name, width)
                if person is not None and pages is VETERAN:
                    self._writing(page, width)
                if pages is STAFF:
                    page.goto(STAFF["team-queue"])
                    page.locator(".row__title a").first.click()
                    self.shoot(page, "team-conversation", width)

    def _writing(self, page: Page, width: int) -> None:
        page.get_by_role("button", name="My question can wait").click()
        page.locator("label.usa-radio__label").first.click()
        page.get_by_role("button", name="Continue").click()
        page.locator("[data-autosave-line]").wait_for()
        self.shoot(page, "compose", width)
        page.goto(VETERAN["inbox"])
        page.locator(".row__title a").first.click()
        self.shoot(page, "conversation", width)


def sign_in(page: Page, person: Persona) -> None:
    """Sign in as a person does; a code that this second used up is asked for again with the next."""
    page.goto("/account/login/")
    page.get_by_label("Username").fill(person["username"])
    page.get_by_label("Password", exact=True).fill(person["password"])
    page.get_by_role("button", name="Sign in", exact=True).click()
    while "/authenticate" in page.url:
        page.get_by_label("code", exact=False).first.fill(code_now(person["totp_secret"]))
        page.get_by_role("button", name="Sign in", exact=True).click()
        if "/authenticate" in page.url:
            # A code works once: wait for the next one.
            page.wait_for_timeout(1_000 * (STEP_SECONDS - time.time() % STEP_SECONDS) + 500)


def take(site_url: str, target: Path, only: str) -> list[Path]:
    """Save the pictures and return the files."""
    found = chromium.find()
    target.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found.program, args=found.arguments, env={**os.environ, **found.environment}
        )
        camera = Camera(browser, site_url, target)
        cast = people() if only != "public" else []
        if only in {"", "public"}:
            camera.tour(PUBLIC)
        for tour, (role, pages) in TOURS.items():
            if only in {"", tour}:
                camera.tour(pages, chosen(cast, role))
        browser.close()
    return camera.files


def chosen(cast: list[Persona], role: str) -> Persona:
    """Return the first of the cast with a role."""
    return next(person for person in cast if person["role"] == role)


def main() -> None:
    """Take the pictures; one line when the demo does not run."""
    parser = argparse.ArgumentParser(prog="bin/shots", description=__doc__)
    parser.add_argument("--to", type=Path, default=ROOT / "docs" / "screenshots")
    parser.add_argument("--only", default="", choices=["", "public", "veteran", "staff", "administrator"])
    options = parser.parse_args()
    running = state.running_environment(state.directory())
    if running is None:
        sys.exit("bin/shots: start bin/demo first, in another terminal")
    os.environ |= running
    try:
        for file in take(running["SITE_URL"], options.to, options.only):
            print(file)
    except StackError as problem:
        sys.exit(f"bin/shots: {problem}")


if __name__ == "__main__":
    main()
