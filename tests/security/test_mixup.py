"""Two people at once, through one server's threads: each response shows only one's own (A056)."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

from django.urls import reverse

from tests.security.people import make_writer
from tests.security.portal import Browser, Portal

REQUESTS = 10_000 if os.environ.get("FULL") else 240
CANARIES = ("zqfirstzq", "zqsecondzq")


def test_a056_interleaved_requests_of_two_people_show_each_only_their_own(portal: Portal) -> None:
    with portal.rows():
        first = make_writer(CANARIES[0])
        writers = (first, make_writer(CANARIES[1], team=first.team))
        sent = [writer.writes() for writer in writers]
        browsers = [portal.browser_of(writer.account) for writer in writers]
    lists = [reverse(name) for name in ("mailbox_inbox", "mailbox_sent", "mailbox_drafts", "dashboard")]
    own_pages = [[*lists, reverse("mailbox_conversation", args=[message.conversation_id])] for message in sent]
    strangers = [own_pages[1][-1], own_pages[0][-1]]
    together = threading.Barrier(8)

    def visit(number: int) -> list[str]:
        me = number % 2
        mine, theirs = CANARIES[me], CANARIES[1 - me]
        browser = Browser(portal.port, dict(browsers[me].cookies))
        together.wait(60)
        wrong = []
        for turn in range(REQUESTS // 8):
            path = own_pages[me][turn % 5]
            answer = browser.get(path)
            listed = path != reverse("dashboard")
            if answer.status != 200 or theirs in answer.text or (listed and mine not in answer.text):
                wrong.append(f"{path} {answer.status} {theirs in answer.text}")
            if turn % 10 == 0 and browser.get(strangers[me]).status != 404:
                wrong.append("somebody else's conversation opened")
        return wrong

    with ThreadPoolExecutor(8) as pool:
        assert [wrong for found in pool.map(visit, range(8)) for wrong in found] == []
