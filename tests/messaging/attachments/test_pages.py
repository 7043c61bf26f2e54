"""Files over HTTP, as a browser without scripts sends and gets them."""

import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from messaging.attachments import actions, limits, ranges
from messaging.models import Attachment, Draft, Message
from smportal.actor import Actor
from smportal.audit.models import AuditEvent
from tests.messaging.attachments import making
from tests.messaging.test_pages import Site

SYSTEM = Actor.system("test")


@pytest.fixture
def site(db: None) -> Site:
    return Site()


def part(content: bytes = making.TEXT, name: str = 'Läbor "1"; x.txt') -> SimpleUploadedFile:
    # The browser's word for the type is a lie: nobody asks it.
    return SimpleUploadedFile(name, content, content_type="text/html")


def sent_with_file(site: Site, content: bytes = making.TEXT, name: str = "notes.txt") -> Attachment:
    site.send(upload=[part(content, name)])
    return Attachment.objects.get(message__isnull=False)


def body_of(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_a_file_comes_with_the_form_and_shows_in_the_conversation_on_both_sides(site: Site, devscan: int) -> None:
    row = sent_with_file(site)
    confirmed = site.veteran_browser.get(reverse("sent_confirmation", args=[row.message_id])).content.decode()
    assert "<dd>1 file</dd>" in confirmed
    address = reverse("mailbox_conversation", args=[row.conversation_id])
    page = site.veteran_browser.get(address).content.decode()
    assert "notes.txt" in page
    assert "Checking for viruses" in page
    assert reverse("mailbox_file", args=[row.id]) not in page
    actions.scan(actor=SYSTEM)
    assert reverse("mailbox_file", args=[row.id]) in site.veteran_browser.get(address).content.decode()
    page = site.nurse_browser.get(reverse("team_conversation", args=[row.conversation_id])).content.decode()
    assert reverse("team_file", args=[row.id]) in page


def test_save_draft_keeps_file_and_text_and_a_remove_button_takes_it_out(site: Site) -> None:
    form = site.form(save="1", upload=[part()])
    response = site.veteran_browser.post(reverse("compose"), form, follow=True)
    row, draft = Attachment.objects.get(), Draft.objects.get()
    assert str(row.id) in response.content.decode()
    form |= {"version": draft.version, "remove_file": row.id, "files": [row.id], "upload": []}
    assert site.veteran_browser.post(reverse("compose"), form).status_code == 302
    assert not Attachment.objects.exists()
    assert Draft.objects.get().unseal_text("body_sealed") == form["body"]


def test_a_refused_file_stops_the_send_says_why_beside_it_and_keeps_the_rest(site: Site) -> None:
    form = site.form(send="1", upload=[part(), part(b"<html><script>", "page.txt")])
    response = site.veteran_browser.post(reverse("compose"), form)
    page = response.content.decode()
    assert response.status_code == 400
    assert form["body"] in page
    assert "Not added:" in page
    assert not Message.objects.exists()
    good = Attachment.objects.get(state="checking")
    again = site.veteran_browser.post(
        reverse("compose"), site.form(draft_id=form["draft_id"], send="1", files=[good.id])
    )
    assert again.status_code == 302
    assert Message.objects.get().attachment_count == 1


def test_a044_one_byte_too_many_is_said_beside_the_file(site: Site, store: Path) -> None:
    form = site.form(save="1", upload=[part(b"%PDF-1.4\n" + b"a" * limits.BYTES_MOST, "scan.pdf")])
    page = site.veteran_browser.post(reverse("compose"), form, follow=True).content.decode()
    assert "larger than 25 MB" in page
    assert form["body"] in page
    assert not [path for path in store.rglob("*") if path.is_file()]


def test_a004_naming_another_s_file_is_refused(site: Site) -> None:
    theirs = sent_with_file(Site())
    response = site.veteran_browser.post(reverse("compose"), site.form(send="1", files=[str(theirs.id)]))
    assert response.status_code == 400
    assert Message.objects.count() == 1


def test_the_same_form_with_its_file_twice_sends_once(site: Site) -> None:
    form = site.form(send="1")
    answers = [site.veteran_browser.post(reverse("compose"), form | {"upload": [part()]}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert (Message.objects.count(), Attachment.objects.count()) == (1, 1)


def test_the_team_answers_with_a_file(site: Site) -> None:
    conversation_id = site.send().conversation_id
    address = reverse("team_reply", args=[conversation_id])
    form = {"draft_id": str(uuid.uuid4()), "body": "See the plan.", "upload": [part(name="plan.txt")]}
    page = site.nurse_browser.post(address, form | {"save": "1"}, follow=True)
    row = Attachment.objects.get()
    assert "See the plan." in page.content.decode()
    assert str(row.id) in page.content.decode()
    assert site.nurse_browser.post(address, form | {"send": "1", "files": [row.id], "upload": []}).status_code == 302
    assert Attachment.objects.get().message is not None


def test_a048_a_download_is_hardened_named_and_on_record(site: Site, devscan: int) -> None:
    row = sent_with_file(site, name='Läbor "1".txt')
    address = reverse("mailbox_file", args=[row.id])
    assert site.veteran_browser.get(address).status_code == 409
    actions.scan(actor=SYSTEM)
    response = site.veteran_browser.get(address, headers={"Accept-Encoding": "gzip"})
    assert body_of(response) == making.TEXT
    assert response["Content-Disposition"] == "attachment; filename*=utf-8''L%C3%A4bor%20_1_.txt"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"
    assert response["Content-Type"] == "text/plain"
    assert response["Content-Length"] == str(len(making.TEXT))
    assert "Content-Encoding" not in response
    assert AuditEvent.objects.filter(deed="file_opened", object_id=str(row.id)).count() == 1
    head = site.veteran_browser.head(address)
    assert (head.status_code, head["Content-Length"]) == (200, str(len(making.TEXT)))
    assert "Content-Disposition" not in head
    assert AuditEvent.objects.filter(deed="file_opened").count() == 1


def test_a040_no_path_and_no_header_of_the_client_chooses_what_is_handed_out(site: Site, devscan: int) -> None:
    row = sent_with_file(site)
    actions.scan(actor=SYSTEM)
    address = reverse("mailbox_file", args=[row.id])
    for header in ("X-Accel-Redirect", "X-Sendfile", "X-Original-URL"):
        response = site.veteran_browser.get(address, headers={header: "/etc/passwd"})
        assert body_of(response) == making.TEXT
        assert header not in response
    for path in (f"{address}../../../etc/passwd", f"{address}%2e%2e/", address[:-1] + "%00/", address.upper()):
        assert site.veteran_browser.get(path).status_code in {400, 404}, path


def test_ranges_over_http(site: Site, devscan: int) -> None:
    row = sent_with_file(site)
    actions.scan(actor=SYSTEM)
    address, size = reverse("team_file", args=[row.id]), len(making.TEXT)
    part_of = site.nurse_browser.get(address, headers={"Range": "bytes=6-13"})
    assert (part_of.status_code, body_of(part_of)) == (206, making.TEXT[6:14])
    assert part_of["Content-Range"] == f"bytes 6-13/{size}"
    beyond = site.nurse_browser.get(address, headers={"Range": f"bytes={size}-"})
    assert (beyond.status_code, beyond["Content-Range"]) == (416, f"bytes */{size}")


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("", None), ("bytes=0-0", (0, 0)), ("bytes=5-", (5, 9)), ("bytes=-3", (7, 9)), ("bytes=-99", (0, 9)),
        ("bytes=0-99", (0, 9)), ("bytes=5-4", None), ("bytes=0-1,3-4", None), ("lines=0-1", None), ("bytes=-", None),
    ],
)  # fmt: skip
def test_ranges(header: str, wanted: tuple[int, int] | None) -> None:
    assert ranges.parse(header, 10) == wanted


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-20", "bytes=-0"])
def test_ranges_that_the_file_does_not_have(header: str) -> None:
    with pytest.raises(ranges.Unsatisfiable):
        ranges.parse(header, 10)


@pytest.mark.parametrize("method", ["get", "head"])
def test_a002_a_file_of_somebody_else_is_not_there(site: Site, devscan: int, method: str) -> None:
    row = sent_with_file(site)
    actions.scan(actor=SYSTEM)
    other = Site()
    for browser, name in ((other.veteran_browser, "mailbox_file"), (other.nurse_browser, "team_file")):
        for headers in ({}, {"Range": "bytes=0-1"}):
            response = getattr(browser, method)(reverse(name, args=[row.id]), headers=headers)
            assert response.status_code == 404
            assert b"notes" not in body_of(response)
            assert "Content-Disposition" not in response
            assert "Accept-Ranges" not in response


def test_a015_somebody_signed_out_stores_nothing(site: Site, store: Path) -> None:
    site.veteran_browser.logout()
    site.veteran_browser.post(reverse("compose"), site.form(send="1", upload=[part()]))
    assert not [path for path in store.rglob("*") if path.is_file()]
    assert not Attachment.objects.exists()
