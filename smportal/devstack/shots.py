"""``bin/shots``: pictures of the running demo for the README, at phone and desktop width."""

import argparse
import os
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from smportal.devstack import chromium, state
from smportal.devstack.supervisor import StackError

ROOT = Path(__file__).resolve().parent.parent.parent
WIDTHS = {"375": 740, "1280": 900}
# Pages that need no session; those behind the sign-in are added with their journey.
PAGES = {"landing": "/"}


def take(site_url: str, target: Path) -> list[Path]:
    """Save one picture for each page and width, and return the files."""
    found = chromium.find()
    target.mkdir(parents=True, exist_ok=True)
    files = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found.program, args=found.arguments, env={**os.environ, **found.environment}
        )
        for width, height in WIDTHS.items():
            page = browser.new_page(base_url=site_url, viewport={"width": int(width), "height": height})
            for name, path in PAGES.items():
                page.goto(path)
                files.append(target / f"{name}-{width}.png")
                page.screenshot(path=files[-1], full_page=True)
        browser.close()
    return files


def main() -> None:
    """Take the pictures; one line when the demo does not run."""
    parser = argparse.ArgumentParser(prog="bin/shots", description=__doc__)
    parser.add_argument("--to", type=Path, default=ROOT / "docs" / "screenshots")
    options = parser.parse_args()
    running = state.running_environment(state.directory())
    if running is None:
        sys.exit("bin/shots: start bin/demo first, in another terminal")
    try:
        for file in take(running["SITE_URL"], options.to):
            print(file)
    except StackError as problem:
        sys.exit(f"bin/shots: {problem}")


if __name__ == "__main__":
    main()
