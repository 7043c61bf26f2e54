"""What the page's script asks: one file at a time, the list as it stands, and nobody else's."""

import datetime as dt
import re
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from messaging.attachments import actions
from messaging.attachments.refusals import TEXTS, Refusal
from messaging.models import Attachment, Draft, Message
from messaging.starting import drafts as starting
from smportal import clock
from smportal.actor import Actor
from smportal.audit.models import AuditEvent
from smportal.devstack.devscan import EICAR
from tests import factories
from tests.messaging.attachments import making
from tests.messaging.attachments.test_pages import part
from tests.messaging.test_pages import Site

SYSTEM = Actor.system("test")
# As people meet it: a name that turns itself around, far longer than any file system takes.
LONG_NAME = "labor\u202efdp." + "x" * 390 + ".txt"


@pytest.fixture
def site(db: None) -> Site:
    return Site()


def address(draft_id: uuid.UUID) -> str:
    return reverse("draft_files", args=[draft_id])


def put(site: Site, draft_id: uuid.UUID, file: SimpleUploadedFile | None = None, **fields: Any) -> Any:
    return site.veteran_browser.post(address(draft_id), {**fields, "upload": file or part(name="notes.txt")})


def stored(store: Path) -> list[Path]:
    return [path for path in store.rglob("*") if path.is_file()]


def test_a_file_is_added_listed_followed_and_removed(site: Site, devscan: int) -> None:
    draft_id, key = uuid.uuid4(), uuid.uuid4()
    answer = put(site, draft_id, key=key).json()
    (file,) = answer["files"]
    assert (file["state"], file["key"]) == ("checking", str(key))
    assert "notes.txt" in file["html"]
    assert "Checking for viruses" in file["html"]
    assert answer["remaining_seconds"] > 0
    actions.scan(actor=SYSTEM)
    (file,) = site.veteran_browser.get(address(draft_id)).json()["files"]
    assert (file["state"], "Ready" in file["html"]) == ("ready", True)
    assert site.veteran_browser.post(address(draft_id), {"remove_file": file["id"]}).json()["files"] == []
    assert site.veteran_browser.post(address(draft_id), {"remove_file": file["id"]}).status_code == 404


def test_a047_what_is_checked_or_refused_is_handed_out_to_nobody(site: Site, devscan: int, store: Path) -> None:
    draft_id = uuid.uuid4()
    put(site, draft_id, part(EICAR, "sure.txt"))
    row = Attachment.objects.get()
    url = reverse("mailbox_file", args=[row.id])
    assert site.veteran_browser.get(url).status_code == 409
    actions.scan(actor=SYSTEM)
    for headers in ({}, {"Range": "bytes=0-10"}):
        answer = site.veteran_browser.get(url, headers=headers)
        assert answer.status_code == 409
        assert EICAR not in answer.content
    assert site.veteran_browser.get(reverse("mailbox_file_picture", args=[row.id])).status_code in {404, 409}
    (file,) = site.veteran_browser.get(address(draft_id)).json()["files"]
    assert "Our virus check found a threat in this file" in file["html"]


def test_what_was_added_so_goes_with_the_form(site: Site) -> None:
    form = site.form(send="1")
    (file,) = put(site, uuid.UUID(form["draft_id"])).json()["files"]
    assert site.veteran_browser.post(reverse("compose"), form | {"files": [file["id"]]}).status_code == 302
    assert Message.objects.get().attachment_count == 1


def test_an_upload_tried_again_under_the_same_key_is_one_file_whatever_it_holds_now(site: Site, store: Path) -> None:
    draft_id, key = uuid.uuid4(), uuid.uuid4()
    put(site, draft_id, key=key)
    (file,) = put(site, draft_id, part(b"It changed while it was being read.", "notes.txt"), key=key).json()["files"]
    assert Attachment.objects.get().id == uuid.UUID(file["id"])
    assert len(stored(store)) == 1
    assert len(put(site, draft_id, part(b"Another one.", "notes.txt"), key=uuid.uuid4()).json()["files"]) == 2


def test_a_key_of_somebody_else_finds_nothing_of_theirs(site: Site) -> None:
    key = uuid.uuid4()
    put(Site(), uuid.uuid4(), key=key)
    (file,) = put(site, uuid.uuid4(), part(b"Mine.", "mine.txt"), key=key).json()["files"]
    assert "mine.txt" in file["html"]


def test_a_reply_the_team_s_answer_and_its_new_message_have_lists_of_their_own(site: Site) -> None:
    conversation_id = site.send().conversation_id
    begun = starting.begin(actor=factories.staff_actor(site.nurse), team_id=site.team.id, record_id=site.record.id)
    for browser, url in (
        (site.veteran_browser, reverse("reply_files", args=[conversation_id, uuid.uuid4()])),
        (site.nurse_browser, reverse("team_reply_files", args=[conversation_id, uuid.uuid4()])),
        (site.nurse_browser, reverse("team_start_files", args=[begun.id])),
    ):
        (file,) = browser.post(url, {"upload": part(name="plan.txt")}).json()["files"]
        assert [each["id"] for each in browser.get(url).json()["files"]] == [file["id"]]
    assert Attachment.objects.count() == 3
    page = site.nurse_browser.get(reverse("team_start_write", args=[begun.id])).content.decode()
    assert f'data-files="{reverse("team_start_files", args=[begun.id])}"' in page


def test_a005_somebody_else_s_list_is_not_there(site: Site, store: Path) -> None:
    conversation_id = site.send().conversation_id
    draft_id = uuid.UUID(site.form()["draft_id"])
    site.veteran_browser.post(reverse("compose"), site.form(draft_id=str(draft_id), save="1"))
    other = Site()
    begun = starting.begin(actor=factories.staff_actor(site.nurse), team_id=site.team.id, record_id=site.record.id)
    lists = [
        (other.nurse_browser, reverse("team_start_files", args=[begun.id])),
        (other.veteran_browser, address(draft_id)),
        (other.veteran_browser, reverse("reply_files", args=[conversation_id, uuid.uuid4()])),
        (other.nurse_browser, reverse("team_reply_files", args=[conversation_id, uuid.uuid4()])),
    ]
    for browser, url in lists:
        assert browser.get(url).status_code == 404
        assert browser.post(url, {"upload": part()}).status_code == 404
    assert not Attachment.objects.exists()
    assert not stored(store)


def test_asking_by_the_page_alone_keeps_no_session_alive(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    now = clock.now()
    draft_id = uuid.uuid4()
    put(site, draft_id)
    monkeypatch.setattr(clock.SystemClock, "now", staticmethod(lambda: now + dt.timedelta(minutes=10)))
    asked = site.veteran_browser.get(address(draft_id), headers={"X-Portal-Polling": "1"}).json()
    assert asked["remaining_seconds"] < 25 * 60
    added = put(site, draft_id, part(b"More.", "more.txt")).json()
    assert added["remaining_seconds"] > asked["remaining_seconds"]


def test_a_session_that_has_ended_is_said_to_the_script_and_stores_nothing(site: Site, store: Path) -> None:
    site.veteran_browser.logout()
    answer = put(site, uuid.uuid4())
    assert answer.status_code == 401
    assert answer.json()["text"].startswith("You’re signed out")
    assert not stored(store)


def test_a_form_with_files_after_the_session_ended_says_that_they_are_gone(
    site: Site, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = site.form()
    page = site.veteran_browser.get(reverse("compose_to", args=[site.team.id]))
    form |= {name: page.context["form"].initial[name] for name in ("draft_id", "version")}
    form |= {"ticket": page.context["ticket"], "send": "1", "upload": [part()]}
    later = clock.now() + dt.timedelta(minutes=31)
    monkeypatch.setattr(clock.SystemClock, "now", staticmethod(lambda: later))
    answer = site.veteran_browser.post(reverse("compose"), form, follow=True).content.decode()
    assert "What you wrote is kept as a draft" in answer
    assert "The files that you were adding with it are not kept." in answer
    assert Draft.objects.get().unseal_text("body_sealed") == form["body"]
    assert not stored(store)


@pytest.mark.parametrize(
    ("content", "name", "refusal"),
    [
        (b"", "nothing.txt", Refusal.EMPTY),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "knee.png", Refusal.MISMATCH),
        (making.pdf(b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>"), "form.pdf", Refusal.SCRIPT),
        (making.docx(word__media=b"0" * 5_000_000), "bomb.docx", Refusal.BOMB),
        (b"GIF89a" + b"<script>alert(1)</script>" * 40, "both.gif", Refusal.DAMAGED),
        (b"MZ\x90\x00" + b"\0" * 200, "tool.exe", Refusal.TYPE),
    ],
)
def test_bad_files_are_refused_beside_the_file_and_leave_nothing(
    site: Site, store: Path, content: bytes, name: str, refusal: Refusal
) -> None:
    (file,) = put(site, uuid.uuid4(), part(content, name)).json()["files"]
    assert file["state"] == "refused"
    assert str(TEXTS[refusal]) in file["html"]
    assert 'name="files"' not in file["html"]
    assert not stored(store)


def test_a_long_name_that_turns_around_is_shown_short_and_straight(site: Site) -> None:
    (file,) = put(site, uuid.uuid4(), part(name=LONG_NAME)).json()["files"]
    name = Attachment.objects.get().unseal_text("name_sealed")
    assert len(name) <= 120
    assert name.startswith("laborfdp.x")
    assert name.endswith(".txt")
    assert "\u202e" not in file["html"]


def test_the_eleventh_file_is_refused_and_the_ten_stay(site: Site, store: Path) -> None:
    draft_id = uuid.uuid4()
    for number in range(11):
        answer = put(site, draft_id, part(f"File {number}".encode(), f"{number}.txt"))
    states = [file["state"] for file in answer.json()["files"]]
    assert states == ["checking"] * 10 + ["refused"]
    assert "A message can have 10 files." in answer.json()["files"][-1]["html"]
    assert len(stored(store)) == 10


def test_the_page_tells_the_script_where_its_list_is(site: Site) -> None:
    conversation_id = site.send().conversation_id
    page = site.veteran_browser.get(reverse("compose_to", args=[site.team.id]))
    assert f'data-files="{address(page.context["form"].initial["draft_id"])}"' in page.content.decode()
    for browser, page_name, name in (
        (site.veteran_browser, "mailbox_conversation", "reply_files"),
        (site.nurse_browser, "team_conversation", "team_reply_files"),
    ):
        html = browser.get(reverse(page_name, args=[conversation_id])).content.decode()
        before = reverse(name, args=[conversation_id, uuid.UUID(int=0)]).split(str(uuid.UUID(int=0)))[0]
        assert f'data-files="{before}' in html


def sent(site: Site, name: str) -> dict[str, str]:
    form = site.form(send="1")
    (file,) = put(site, uuid.UUID(form["draft_id"]), part(name=name)).json()["files"]
    assert site.veteran_browser.post(reverse("compose"), form | {"files": [file["id"]]}).status_code == 302
    return dict(file)


def test_how_files_under_messages_stand_is_told_without_their_names_and_leaves_no_trace(
    site: Site, devscan: int
) -> None:
    file = sent(site, "biopsy.txt")
    conversation_id = Message.objects.get().conversation_id
    trail = AuditEvent.objects.count()
    for browser, page in (
        (site.veteran_browser, "mailbox_file_states"),
        (site.nurse_browser, "team_file_states"),
    ):
        answer = browser.get(reverse(page, args=[conversation_id]), {"file": file["id"]})
        (found,) = answer.json()["files"]
        assert (found["id"], found["state"]) == (file["id"], "checking")
        assert "biopsy" not in answer.content.decode()
    assert AuditEvent.objects.count() == trail
    actions.scan(actor=SYSTEM)
    answer = site.veteran_browser.get(reverse("mailbox_file_states", args=[conversation_id]), {"file": file["id"]})
    (found,) = answer.json()["files"]
    assert found["text"] == "Ready"
    assert reverse("mailbox_file", args=[file["id"]]) in found["html"]


def test_a005_how_somebody_else_s_files_stand_is_not_told(site: Site) -> None:
    file = sent(site, "labor.txt")
    conversation_id = Message.objects.get().conversation_id
    other = Site()
    own = other.send().conversation_id
    for browser, page in ((other.veteran_browser, "mailbox_file_states"), (other.nurse_browser, "team_file_states")):
        assert browser.get(reverse(page, args=[conversation_id]), {"file": file["id"]}).status_code == 404
        # Under an own conversation, the id of somebody else's file finds nothing.
        assert browser.get(reverse(page, args=[own]), {"file": [file["id"], "nonsense"]}).json() == {"files": []}


def test_without_scripts_a_link_looks_again_while_a_file_waits(site: Site, devscan: int) -> None:
    file = sent(site, "labor.txt")
    message = Message.objects.get()
    url = reverse("mailbox_conversation", args=[message.conversation_id])
    page = site.veteran_browser.get(url).content.decode()
    link = re.search(rf'href="({url}\?again=\d+)#m-{message.id}"', page)
    assert link is not None
    actions.scan(actor=SYSTEM)
    later = site.veteran_browser.get(link[1]).content.decode()
    assert "Check again" not in later
    assert "filestates.js" not in later
    assert reverse("mailbox_file", args=[file["id"]]) in later
