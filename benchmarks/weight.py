"""What a first and a second visit to the inbox transfer, in a real browser: `python -m benchmarks.weight`.

Aims: 120 KB compressed in all for the first visit, 15 KB for each later page. Bytes are those of the
bodies as they came over the wire; 1 KB is 1,000 bytes.
"""

import os
from collections.abc import Mapping
from operator import itemgetter
from typing import Any

from playwright.sync_api import Browser, CDPSession, sync_playwright

from benchmarks import stage
from smportal.devstack import chromium

FIRST_MOST, LATER_MOST = 120_000, 15_000


class Transfers:
    """What a tab has loaded over the network, by address."""

    def __init__(self, session: CDPSession) -> None:
        self.sizes: dict[str, int] = {}
        self._addresses: dict[str, str] = {}
        session.on("Network.responseReceived", self._note_address)
        session.on("Network.loadingFinished", self._note_size)
        session.send("Network.enable")

    def _note_address(self, event: Mapping[str, Any]) -> None:
        if not event["response"].get("fromDiskCache"):
            self._addresses[event["requestId"]] = event["response"]["url"]

    def _note_size(self, event: Mapping[str, Any]) -> None:
        if address := self._addresses.get(event["requestId"]):
            self.sizes[address] = self.sizes.get(address, 0) + int(event["encodedDataLength"])

    def take(self) -> dict[str, int]:
        """Return what came since the last time."""
        taken, self.sizes = self.sizes, {}
        return taken


def main() -> None:
    """Visit the inbox, then its first conversation, and print what each transferred."""
    with stage.raised("full") as ground:
        from benchmarks.cases import Portal, session_of

        cookie = session_of(Portal().typical[0])
        found = chromium.find()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=found.program, args=found.arguments, env={**os.environ, **found.environment}
            )
            visits = visit(browser, f"http://localhost:{ground.port}", cookie)
            browser.close()
    for name, sizes in visits.items():
        most = FIRST_MOST if name == "first visit" else LATER_MOST
        total = sum(sizes.values())
        print(f"\n{name}: {total / 1_000:.1f} KB ({'reached' if total <= most else 'MISSED'}: {most // 1_000} KB)")
        # What came from the browser's memory has no size.
        for address, size in sorted(filter(itemgetter(1), sizes.items()), key=itemgetter(1), reverse=True):
            print(f"  {size / 1_000:7.1f}  {address.partition('://')[2].partition('/')[2] or '/'}")


def visit(browser: Browser, site: str, cookie: str) -> dict[str, dict[str, int]]:
    """Return what each page transferred, headers included, with an empty cache at the beginning."""
    context = browser.new_context(base_url=site)
    # Over http a browser takes a Secure cookie for localhost from the site itself only.
    secure = site.replace("http:", "https:")
    context.add_cookies([{"name": "__Host-session", "value": cookie, "url": secure, "secure": True, "httpOnly": True}])
    page = context.new_page()
    transfers = Transfers(context.new_cdp_session(page))
    page.goto("/messages/", wait_until="networkidle")
    visits = {"first visit": transfers.take()}
    page.get_by_role("link", name="Sent").click()
    page.wait_for_load_state("networkidle")
    visits["Sent"] = transfers.take()
    page.locator(".row a").first.click()
    page.wait_for_load_state("networkidle")
    visits["a conversation"] = transfers.take()
    context.close()
    return visits


if __name__ == "__main__":
    main()
