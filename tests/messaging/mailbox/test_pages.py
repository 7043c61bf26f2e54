"""The lists over HTTP: orders, filters, many at once, undo, and what a forged form gets."""

import datetime as dt
import re
import uuid
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from messaging import disclosure
from messaging.mailbox import actions
from messaging.mailbox.content import DraftContent
from messaging.mailbox.drafts import save_draft
from messaging.mailbox.lists.filters import Chosen, Sort
from messaging.mailbox.moving.spots import INBOX, TRASH, Spot
from messaging.models import Conversation
from smportal import clock
from tests import factories
from tests.messaging.mailbox.owner import TUESDAY, Owner
from tests.signing_in import sign_in

INBOX_URL, SELECTED = "/messages/", "/messages/selected/"


class Browser(Owner):
    """The veteran at a browser."""

    def __init__(self) -> None:
        super().__init__()
        self.client = Client()
        sign_in(self.client, self.account)

    def get(self, url: str, **parameters: str) -> str:
        response = self.client.get(url, parameters)
        assert response.status_code == 200, response.status_code
        return response.content.decode()

    def do(self, deed: str, ids: list[Any], **more: str) -> HttpResponse:
        form = {"list": "inbox", "query": "", "do": deed, "conversation": [str(one) for one in ids], **more}
        return self.client.post(SELECTED, form)  # type: ignore[return-value]

    def undo(self, page: str) -> str:
        token = re.search(r'name="token" value="(\w+)"', page)
        assert token is not None
        response = self.client.post("/messages/undo/", {"token": token.group(1)}, follow=True)
        return response.content.decode()


@pytest.fixture
def browser(db: None) -> Browser:
    return Browser()


def subjects(page: str) -> list[str]:
    return re.findall(r"<bdi>(Subject [^<]+)</bdi>", page)


def later(minutes: int) -> dt.datetime:
    return TUESDAY + dt.timedelta(minutes=minutes)


def test_every_order_shows_each_conversation_once_forwards_and_back(browser: Browser) -> None:
    teams = [factories.make_team(public_name=name) for name in ("zeta", "Alpha", "beta")]
    made = {
        browser.conversation(f"Subject {number}", at=later(number // 2), team=teams[number % 3]): number
        for number in range(58)
    }
    names = {one: teams[number % 3].public_name.casefold() for one, number in made.items()}
    newest = sorted(made, key=lambda one: (later(made[one] // 2), one), reverse=True)
    expected = {
        Sort.NEWEST: newest,
        Sort.OLDEST: newest[::-1],
        Sort.TEAM: sorted(newest, key=lambda one: names[one]),
        Sort.TEAM_BACK: sorted(newest, key=lambda one: names[one], reverse=True),
    }
    for sort, order in expected.items():
        assert browser.listed(INBOX, Chosen(sort=sort)) == order
        url, pages = f"{INBOX_URL}?sort={sort}", []
        while url:
            pages.append(browser.get(url))
            following = re.search(r'rel="next" href="([^"]+)"', pages[-1])
            url = following.group(1).replace("&amp;", "&") if following else ""
        assert [len(subjects(page)) for page in pages] == [25, 25, 8]
        back = re.search(r'rel="prev" href="([^"]+)"', pages[-1])
        assert back is not None
        assert subjects(browser.get(back.group(1).replace("&amp;", "&"))) == subjects(pages[1])


def test_a_filter_shows_what_it_says_and_pages_keep_it(browser: Browser) -> None:
    other = factories.make_team(public_name="Other team")
    wanted = [
        browser.conversation(
            f"Subject {number}", at=later(number), team=other, category="referral", veteran_unread=True
        )
        for number in range(30)
    ]
    browser.conversation("Subject read", at=later(1), team=other, category="referral")
    browser.conversation("Subject of another team", at=later(2), category="referral", veteran_unread=True)
    browser.conversation("Subject of another kind", at=later(3), team=other, veteran_unread=True)
    browser.conversation(
        "Subject of another day", at=later(-1440), team=other, category="referral", veteran_unread=True
    )
    chosen = Chosen(unread=True, team=other.id, category="referral", since=TUESDAY.date(), until=TUESDAY.date())
    assert browser.listed(INBOX, chosen) == wanted[::-1]
    page = browser.get(INBOX_URL + chosen.encoded())
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following is not None
    assert subjects(browser.get(following.group(1).replace("&amp;", "&"))) == [f"Subject {n}" for n in range(4, -1, -1)]


@pytest.mark.parametrize(
    "parameters",
    [
        {"sort": "subject"},
        {"sort": "last_message_at; DROP TABLE x"},
        {"sort": "' OR 1=1--"},
        {"team": "1"},
        {"team": "%"},
        {"category": "x" * 10_000},
        {"sort": "team", "page": "Zg"},
    ],
)
def test_a026_a_forged_order_or_filter_is_not_found(browser: Browser, parameters: dict[str, str]) -> None:
    browser.conversation()
    for url in (INBOX_URL, "/messages/sent/", "/messages/trash/"):
        assert browser.client.get(url, parameters).status_code == 404


@pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "9999-12-31", "0001-01-01", "' OR 1=1--", "٣"])
def test_a026_a_wrong_date_is_an_error_of_its_field_and_everything_shows(browser: Browser, day: str) -> None:
    browser.conversation("Subject 1")
    for name in ("since", "until"):
        response = browser.client.get(INBOX_URL, {name: day})
        page = response.content.decode()
        assert response.status_code == 400
        assert f'id="id_{name}_error"' in page
        assert "<title>Error: Inbox" in page
        assert subjects(page) == ["Subject 1"]


@pytest.mark.parametrize("name", ["sort", "team", "category", "since", "until", "page"])
def test_a026_a_nul_is_a_bad_request(browser: Browser, name: str) -> None:
    assert browser.client.get(INBOX_URL, {name: "\x00"}).status_code == 400


def test_an_end_before_the_start_is_said(browser: Browser) -> None:
    response = browser.client.get(INBOX_URL, {"since": "2026-03-04", "until": "2026-03-03"})
    assert "The end date must be the same as or after the start date" in response.content.decode()


def test_a_date_is_a_day_where_the_viewer_lives(browser: Browser) -> None:
    # 11 p.m. on Tuesday in New York, Wednesday in London.
    browser.conversation("Subject late", at=dt.datetime(2026, 3, 4, 4, tzinfo=dt.UTC))
    assert subjects(browser.get(INBOX_URL, since="2026-03-03", until="2026-03-03")) == ["Subject late"]
    browser.account.time_zone = "Europe/London"
    browser.account.save(update_fields=["time_zone"])
    assert subjects(browser.get(INBOX_URL, since="2026-03-03", until="2026-03-03")) == []


def test_several_are_moved_said_and_put_back(browser: Browser) -> None:
    ids = [browser.conversation(f"Subject {number}") for number in range(3)]
    spot = browser.folder()
    moved = browser.do("move", ids[:2], target=str(spot))
    assert (moved.status_code, moved.headers["Location"]) == (302, INBOX_URL)
    page = browser.get(INBOX_URL)
    assert "Moved 2 conversations." in page
    assert subjects(page) == ["Subject 2"]
    assert "Put 2 conversations back." in browser.undo(page)
    assert "Moved 2 conversations." not in browser.get(INBOX_URL)
    assert sorted(browser.listed(INBOX)) == sorted(ids)
    # A second click on a page of before finds nothing to undo.
    assert "nothing to undo" in browser.undo(page)


def test_trash_restore_read_and_unread(browser: Browser) -> None:
    ids = [browser.conversation(f"Subject {number}", veteran_unread=True) for number in range(2)]
    browser.do("trash", ids)
    assert "Moved 2 conversations to the trash." in browser.get("/messages/trash/")
    back = browser.do("inbox", ids, list="trash")
    assert back.headers["Location"] == "/messages/trash/"
    assert "Restored 2 conversations." in browser.get(INBOX_URL)
    browser.do("read", ids)
    assert "2 conversations</p>" in browser.get(INBOX_URL)
    browser.do("unread", ids[:1])
    assert "2 conversations, 1 unread</p>" in browser.get(INBOX_URL)


def test_the_list_comes_back_as_it_was_chosen(browser: Browser) -> None:
    one = browser.conversation()
    query = f"sort=oldest&team={browser.team.id}&since=2026-03-01"
    assert browser.do("read", [one], query=query).headers["Location"] == f"{INBOX_URL}?{query}"
    # What is not ours does not come back.
    for forged in ("sort=x", "page=Zg", "next=//evil.example", "since=\x00"):
        assert browser.do("read", [one], query=forged).headers["Location"] == INBOX_URL
    assert browser.client.post(SELECTED, {"list": "//evil.example", "do": "read"}).status_code == 404


@pytest.mark.parametrize("deed", ["trash", "read", "move"])
def test_nothing_selected_is_said_beside_the_buttons(browser: Browser, deed: str) -> None:
    browser.conversation("Subject 1")
    response = browser.do(deed, [], target="trash")
    page = response.content.decode()
    assert response.status_code == 400
    assert "Select at least one conversation first" in page
    assert "<title>Error: Inbox" in page


def test_no_folder_chosen_is_said(browser: Browser) -> None:
    one, _ = browser.conversation(), browser.conversation()
    response = browser.do("move", [one])
    page = response.content.decode()
    assert (response.status_code, "Choose where to move" in page) == (400, True)
    assert re.findall(r'value="([^"]+)"[^>]* checked>', page) == [str(one)]


@pytest.mark.parametrize(
    "value", ["-1", "0", "1e99", "9223372036854775808", "abc", "", "\x00", "4fe0d96a-c806-4643-a12d-f4d5a7f12b15"]
)
def test_a107_a_forged_id_is_not_found_and_nothing_happens(browser: Browser, value: str) -> None:
    one = browser.conversation(veteran_unread=True)
    for deed in ("trash", "read"):
        assert browser.do(deed, [one, value]).status_code == 404
    if value:
        assert browser.do("move", [one], target=value).status_code == 404
    # The id of a thing of another kind is no conversation either.
    assert browser.do("trash", [one, browser.team.id]).status_code == 404
    row = Conversation.objects.get()
    assert (row.place, row.veteran_unread) == ("inbox", True)


def test_a018_fields_that_the_form_lacks_change_nothing(browser: Browser) -> None:
    one = browser.conversation()
    browser.do(
        "trash", [one], state="completed", record=str(uuid.uuid4()), team=str(uuid.uuid4()), id=str(uuid.uuid4())
    )
    browser.client.post(
        "/messages/folders/", {"name": "Mine", "record": str(uuid.uuid4()), "id": str(uuid.UUID(int=1))}
    )
    row, (folder,) = Conversation.objects.get(), browser.shelves().folders
    assert (row.state, row.place, row.record_id) == ("answered", "trash", browser.record.id)
    assert (folder.name, folder.id == uuid.UUID(int=1)) == ("Mine", False)


def test_a_folder_page_names_its_folder_but_not_in_the_title(browser: Browser) -> None:
    spot = browser.folder("Diabetes")
    page = browser.get(reverse("mailbox_folder", args=[spot.folder_id]))
    assert "This folder is empty" in page
    assert "<title>Your folder |" in page
    stranger = Browser()
    for address in ("", "rename/"):
        url = f"/messages/folders/{spot.folder_id}/{address}"
        nothing = stranger.client.get(f"/messages/folders/{uuid.uuid4()}/{address}")
        theirs = stranger.client.get(url)
        assert (theirs.status_code, theirs.content) == (404, nothing.content)


def test_folders_are_made_renamed_and_removed_with_errors_in_place(browser: Browser) -> None:
    refused = browser.client.post("/messages/folders/", {"name": "a/b"})
    assert (refused.status_code, 'id="id_name_error"' in refused.content.decode()) == (400, True)
    assert 'value="a/b"' in refused.content.decode()
    browser.client.post("/messages/folders/", {"name": "Diabetes"})
    (folder,) = browser.shelves().folders
    browser.client.post(f"/messages/folders/{folder.id}/rename/", {"name": "Sugar"})
    browser.do("move", [browser.conversation()], target=str(folder.id))
    full = browser.client.post(f"/messages/folders/{folder.id}/remove/")
    assert (full.status_code, "still has 1 conversation" in full.content.decode()) == (409, True)
    browser.do("inbox", browser.listed(Spot.parse(str(folder.id))), list=str(folder.id))
    assert browser.client.post(f"/messages/folders/{folder.id}/remove/").status_code == 302
    assert browser.shelves().folders == ()


def test_from_inside_a_conversation_one_moves_it_and_gets_back_to_the_list_as_it_was(browser: Browser) -> None:
    one, spot = browser.conversation("Subject 1", category="referral"), browser.folder("Diabetes")
    url = reverse("mailbox_conversation", args=[one])
    came_from = f"http://testserver{INBOX_URL}?sort=oldest&category=referral"
    page = browser.client.get(url, headers={"Referer": came_from}).content.decode()
    assert f'href="{INBOX_URL}?sort=oldest&amp;category=referral"' in page
    evil = browser.client.get(url, headers={"Referer": "http://evil.example/messages/?sort=oldest"}).content.decode()
    assert "sort=oldest" not in evil
    moved = browser.client.post(f"{url}move/", {"do": "move", "target": str(spot)})
    assert moved.headers["Location"] == INBOX_URL
    assert browser.listed(spot) == [one]
    browser.client.post(f"{url}move/", {"do": "trash"})
    assert browser.listed(TRASH) == [one]
    assert browser.client.post(f"{url}move/", {"do": "move", "target": ""}).headers["Location"] == url


def test_the_sent_list_says_what_became_of_each(browser: Browser) -> None:
    content = DraftContent(team_id=browser.team.id, category="general", subject="Subject 1", body="It hurts.")
    with clock.at(TUESDAY):
        sent = actions.send(actor=browser.actor, draft_id=uuid.uuid4(), content=content)
        sign_in(browser.client, browser.account)
        page = browser.get("/messages/sent/")
        assert ("Delivered" in page, "Opened by" in page) == (True, False)
        assert "Answer due by Friday, March 6, 10:00 a.m. EST" in page
    nurse = factories.staff_actor(factories.make_staff(browser.team))
    with clock.at(later(20)):
        sign_in(browser.client, browser.account)
        disclosure.disclose(actor=nurse, conversation_id=sent.conversation_id)
        page = browser.get("/messages/sent/")
        assert ("Delivered" in page, "Opened by your care team on March 3, 10:20 a.m. EST" in page) == (
            False,
            True,
        )
    with clock.at(later(60)):
        sign_in(browser.client, browser.account)
        # A second message, not opened yet: the receipt is that of the last one.
        actions.reply(actor=browser.actor, conversation_id=sent.conversation_id, draft_id=uuid.uuid4(), body="More.")
        page = browser.get("/messages/sent/")
        assert ("Delivered" in page, "Opened by" in page, "2 messages" in page) == (True, False, True)
    with clock.at(dt.datetime(2026, 3, 6, 15, tzinfo=dt.UTC)):
        sign_in(browser.client, browser.account)
        assert "Answer overdue" in browser.get("/messages/sent/")


def test_a_list_says_where_files_are(browser: Browser) -> None:
    browser.conversation("Subject 1", has_attachment=True)
    browser.conversation("Subject 2")
    assert browser.get(INBOX_URL).count("Has attachment") == 1


def test_only_messages_with_files_is_a_filter_that_stays_chosen(browser: Browser) -> None:
    with_file = browser.conversation("Subject 1", has_attachment=True)
    browser.conversation("Subject 2")
    page = browser.get(INBOX_URL, attachment="1")
    assert subjects(page) == ["Subject 1"]
    assert re.search(r'name="attachment" value="1" checked', page)
    assert browser.do("trash", [with_file], query="attachment=1").headers["Location"] == f"{INBOX_URL}?attachment=1"
    assert "Nothing here matches your filter" in browser.get(INBOX_URL, attachment="1")


def test_drafts_page_by_page_deleted_and_restored(browser: Browser) -> None:
    for number in range(27):
        content = DraftContent(team_id=browser.team.id, subject=f"Subject {number}")
        with clock.at(later(number)):
            save_draft(actor=browser.actor, draft_id=uuid.uuid4(), version=0, content=content)
    page = browser.get("/messages/drafts/")
    assert subjects(page) == [f"Subject {number}" for number in range(26, 1, -1)]
    assert ">27<" in page.replace("\n", "") or 'class="count">27' in page
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following is not None
    assert subjects(browser.get(following.group(1))) == ["Subject 1", "Subject 0"]
    delete = re.search(r'action="(/messages/drafts/[^"]+/delete/)"', page)
    assert delete is not None
    page = browser.client.post(delete.group(1), follow=True).content.decode()
    assert "Draft deleted" in page
    assert "Subject 26" not in subjects(page)
    restore = re.search(r'action="(/messages/drafts/[^"]+/restore/)"', page)
    assert restore is not None
    assert subjects(browser.get("/messages/drafts/deleted/")) == ["Subject 26"]
    assert subjects(browser.client.post(restore.group(1), follow=True).content.decode())[0] == "Subject 26"


def test_the_statements_of_a_list_do_not_grow_with_mailbox_folders_or_unread(browser: Browser) -> None:
    def statements(url: str) -> int:
        browser.get(url)
        with CaptureQueriesContext(connection) as queries:
            browser.get(url)
        return len(queries)

    browser.conversation(veteran_unread=True)
    spot = browser.folder()
    urls = [INBOX_URL, f"{INBOX_URL}?sort=team&unread=1", "/messages/sent/", f"/messages/folders/{spot}/"]
    few = [statements(url) for url in urls]
    for number in range(40):
        team = factories.make_team() if number < 4 else None
        browser.conversation(veteran_unread=True, team=team, at=later(number), last_sent_at=later(number))
    for number in range(4):
        browser.folder(f"Folder {number}")
    assert [statements(url) for url in urls] == few
    assert max(few) <= 10
