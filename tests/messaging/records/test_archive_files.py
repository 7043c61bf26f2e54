"""Files in the archive: their bytes as they were sent, under safe names; what is not delivered is named with its reason."""

import datetime as dt
import io
import logging
import signal
import subprocess
import sys
import threading
import uuid
import zipfile
from collections.abc import Generator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.urls import reverse

from messaging.attachments import scanning
from messaging.attachments import storage as file_storage
from messaging.attachments.baskets import basket_of
from messaging.mailbox import actions
from messaging.mailbox.content import DraftContent
from messaging.models import Archive, ArchivePart, ArchiveState, Attachment, Message
from messaging.records.archive import making, places, queries, views
from messaging.records.archive.actions import fetch_archive, request_archive, take_archive
from messaging.records.archive.delivery import plan_of
from messaging.records.archive.making import make_archives
from messaging.records.archive.naming import Names
from smportal import clock
from smportal.actor import Actor
from smportal.audit.models import AuditEvent
from smportal.errors import NotFound
from tests import factories
from tests.fixtures.databases import CommittedDatabase
from tests.messaging.attachments import making as file_making
from tests.messaging.records.whole import Whole
from tests.messaging.threads import Thread
from tests.signing_in import sign_in

WORKER = Actor.system("archives")
SYSTEM = Actor.system("test")
MIB = 1024 * 1024


def send_files(thread: Thread, *files: tuple[bytes, str]) -> Message:
    """Send a message with files that the scanner has let through."""
    draft_id = uuid.uuid4()
    basket = basket_of(thread.veteran, draft_id, None)
    rows = [file_making.add(thread.veteran, basket, content, name) for content, name in files]
    assert [row.refusal for row in rows if row.refusal] == []
    ids = [row.id for row in rows]
    content = DraftContent(thread.team.id, "general", thread.subject, "With files.")
    message = actions.send(actor=thread.veteran, draft_id=draft_id, content=content, file_ids=ids)
    scanning.scan(actor=SYSTEM)
    return message


def made(thread: Thread) -> Archive:
    archive = request_archive(actor=thread.veteran)
    make_archives(actor=WORKER)
    archive.refresh_from_db()
    assert archive.state == ArchiveState.READY
    return archive


def opened(archive: Archive) -> zipfile.ZipFile:
    packed = zipfile.ZipFile(io.BytesIO(b"".join(plan_of(archive).stream())))
    assert packed.testzip() is None
    return packed


def test_ready_files_are_in_it_and_others_are_named_with_the_reason(db: None, store: Path, devscan: int) -> None:
    whole = Whole()
    archive = made(whole)
    assert (archive.files_done, archive.files_total, archive.done) == (1, 1, 2)
    packed = opened(archive)
    files = {name: packed.read(name) for name in packed.namelist() if "/files/" in name}
    assert [name.rpartition("/")[2] for name in files] == ["readycanary.txt"]
    assert set(files.values()) == {file_making.TEXT}
    text = packed.read(
        next(name for name in packed.namelist() if str(whole.first.number) in name and name.endswith(".txt"))
    )
    lines = text.decode().split("\r\n")
    assert "- readycanary.txt (Text, 50\u00a0bytes): files/readycanary.txt" in lines
    assert any("refusedcanary.txt" in line and "found a threat" in line for line in lines)
    assert any("waitingcanary.txt" in line and "Checking for viruses" in line for line in lines)
    index = packed.read("index.html").decode()
    assert 'files/readycanary.txt"' in index
    assert "refusedcanary.txt" in index
    assert "Not in this copy: Our virus check found a threat" in index


HOSTILE = [
    "report.txt",
    "REPORT.txt",
    "re\u0301sume\u0301.txt",
    "r\u00e9sum\u00e9.txt",
    "../../etc/passwd.txt",
    "..\\..\\win.txt",
    "/abs.txt",
    "CON.txt",
    "com\u00b9.txt",
    "aux.txt",
    "invoice\u202etxt.exe.txt",
    "x" * 400 + ".txt",
    "\u65e5" * 400 + ".txt",
    "a\x00b\n.txt",
    "C:evil.txt",
    "-rf.txt",
    "~.txt",
    "nul.tar.txt",
]


def test_names_are_safe_on_every_system_and_each_is_there_once(db: None, store: Path, devscan: int) -> None:
    thread = Thread()
    for half in (HOSTILE[:10], HOSTILE[10:]):
        send_files(thread, *((f"{place}".encode(), name) for place, name in enumerate(half)))
    names = [name for name in opened(made(thread)).namelist() if "/files/" in name]
    assert len(names) == len(HOSTILE)
    for path in names:
        name = path.split("/files/")[1]
        assert "/" not in name
        assert not set(name) & set('\\:*?"<>|')
        assert name.isprintable()
        assert len(name.encode()) < 255
        assert name.partition(".")[0].upper() not in {"CON", "AUX", "COM\u00b9", ""}
        assert ".." not in path.split("/")
    assert len({name.casefold() for name in names}) == len(names)


def test_one_folder_never_gives_the_same_name_twice() -> None:
    names = Names()
    given = [
        names.give(name)
        for name in ("a.txt", "A.TXT", "a.txt", "a (2).txt", "\ufb01.txt", "fi.txt", "STRASSE", "stra\u00dfe")
    ]
    assert given == [
        "a.txt",
        "A (2).txt",
        "a (3).txt",
        "a (2) (2).txt",
        "\ufb01.txt",
        "fi (2).txt",
        "STRASSE",
        "stra\u00dfe (2)",
    ]
    assert len(names.give("\U0001f600" * 400 + ".docx").encode()) < 255


def test_a_file_that_does_not_open_is_named_and_holds_up_nobody(
    db: None, store: Path, devscan: int, caplog: pytest.LogCaptureFixture
) -> None:
    thread = Thread()
    send_files(thread, (b"one", "one.txt"), (b"two" * 50_000, "two.txt"))
    two = Attachment.objects.get(size=150_000)
    path = file_storage.path_of(two.id)
    path.write_bytes(path.read_bytes()[:-1] + b"\x00")
    packed = opened(made(thread))
    assert [name.rpartition("/")[2] for name in packed.namelist() if "/files/" in name] == ["one.txt"]
    assert "We couldn\u2019t read this file" in packed.read("index.html").decode()
    assert [getattr(record, "event", "") for record in caplog.records].count("archive_file") == 1
    assert "two.txt" not in caplog.text


def browser_of(thread: Thread, archive: Archive) -> tuple[Client, str]:
    browser = Client()
    sign_in(browser, thread.account)
    browser.post(reverse("records_archive_take", args=[archive.id]))
    return browser, reverse("records_archive_file", args=[archive.id])


def test_a_cut_off_download_goes_on_where_it_stopped(db: None, store: Path, devscan: int) -> None:
    thread = Thread()
    send_files(thread, (b"7" * 200_000, "numbers.txt"))
    archive = made(thread)
    browser, url = browser_of(thread, archive)
    whole = browser.get(url)
    content = whole.getvalue()
    assert whole.headers["Content-Length"] == str(len(content))
    etag = whole.headers["ETag"]
    rest = browser.get(url, headers={"Range": "bytes=100000-", "If-Range": etag, "Accept-Encoding": "gzip"})
    assert (rest.status_code, rest.headers["Content-Range"]) == (206, f"bytes 100000-{len(content) - 1}/{len(content)}")
    assert rest.getvalue() == content[100_000:]
    assert browser.get(url, headers={"Range": "bytes=-22"}).getvalue() == content[-22:]
    other = browser.get(url, headers={"Range": "bytes=5-9", "If-Range": '"another"'})
    assert (other.status_code, other.getvalue()) == (200, content)
    beyond = browser.get(url, headers={"Range": f"bytes={len(content)}-"})
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{len(content)}")
    head = browser.head(url)
    assert (head.headers["Content-Length"], head.content) == (str(len(content)), b"")
    assert browser.get(url, headers={"Sec-Purpose": "prefetch"}).status_code == 204
    reasons = AuditEvent.objects.filter(deed="file_opened", object_kind="archive").values_list("reason", flat=True)
    assert sorted(reasons) == ["download", "download", "range", "range"]
    assert whole.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "no-store" in whole.headers["Cache-Control"]


def test_nobody_else_gets_it_and_nobody_who_was_signed_out(db: None, store: Path, devscan: int) -> None:
    thread = Thread()
    send_files(thread, (b"private", "private.txt"))
    archive = made(thread)
    browser, url = browser_of(thread, archive)
    stranger = Client()
    sign_in(stranger, factories.make_eligible_veteran(thread.team)[0])
    for address in (url, reverse("records_archive_take", args=[archive.id])):
        assert stranger.get(address).status_code == 404
        assert stranger.head(address).status_code == 404
    browser.logout()
    assert browser.get(url).status_code == 302
    assert AuditEvent.objects.filter(deed="file_opened").count() == 0


def test_a_record_that_was_locked_meanwhile_keeps_its_archive_to_itself(db: None, store: Path, devscan: int) -> None:
    thread = Thread()
    send_files(thread, (b"private", "private.txt"))
    archive = made(thread)
    browser, url = browser_of(thread, archive)
    assert browser.head(url).status_code == 200
    thread.record.deceased = True
    thread.record.save()
    assert browser.get(url)["Location"] == reverse("eligibility")
    for fetch in (take_archive, partial(fetch_archive, purpose="download")):
        with pytest.raises(NotFound):
            fetch(actor=thread.veteran, archive_id=archive.id)
    with pytest.raises(NotFound):
        request_archive(actor=thread.veteran)


def test_downloads_leave_room_for_everybody_else(db: None, store: Path, devscan: int) -> None:
    thread = Thread()
    send_files(thread, (b"7" * 200_000, "numbers.txt"))
    browser, url = browser_of(thread, made(thread))
    running = [browser.get(url) for _ in range(places.MOST_AT_ONCE)]
    pieces = [iter(response) for response in running]
    assert all(next(one) for one in pieces)
    refused = browser.get(url)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "120")
    assert "Please try again in a few minutes" in refused.content.decode()
    # The connection was lost: the server closes what it was sending.
    running[0]._iterator.close()  # type: ignore[attr-defined]
    assert browser.get(url).getvalue()[-22:-18] == b"PK\5\6"
    running[1].getvalue()


def test_a_session_that_ends_at_that_moment_takes_no_download_from_anybody(
    db: None, store: Path, devscan: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    thread = Thread()
    send_files(thread, (b"7", "numbers.txt"))
    archive = made(thread)
    # pytest keeps what is logged with its traceback, and with that the answer.
    caplog.set_level(logging.CRITICAL, logger="django.request")

    def signed_out_meanwhile(**fetched: Any) -> None:
        fetch_archive(**fetched)
        Session.objects.all().delete()

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(views, "fetch_archive", signed_out_meanwhile)
        for _ in range(places.MOST_AT_ONCE):
            browser, url = browser_of(thread, archive)
            # Activity is noted once a minute; saving it finds no session, and the answer that was ready is thrown away.
            with clock.at(clock.now() + dt.timedelta(minutes=2)):
                assert browser.get(url).status_code == 400
    browser, url = browser_of(thread, archive)
    # Nobody closed those answers, and nobody waits for a collector of garbage: their short leases run out.
    later = clock.now() + dt.timedelta(minutes=2) + places.UNTIL_FIRST
    with clock.at(later):
        assert browser.get(url).getvalue()[-22:-18] == b"PK\5\6"


def test_a_place_is_held_by_every_piece_and_free_when_none_is_fetched_any_more() -> None:
    held = places.Places(1)
    began = dt.datetime(2026, 3, 3, 15, tzinfo=dt.UTC)

    def pieces() -> Generator[bytes, None, None]:
        yield from (b"a", b"b")

    with clock.at(began):
        place = held.take()
        assert place is not None
        download = places.Placed(pieces(), place)
    # Kept alive on purpose: what gives its place back is the lease, not that nobody knows it any more.
    with clock.at(began + places.UNTIL_FIRST - dt.timedelta(seconds=1)):
        assert held.take() is None
        assert next(download) == b"a"
    with clock.at(began + places.BETWEEN_PIECES):
        assert held.take() is None
    with clock.at(began + places.UNTIL_FIRST + places.BETWEEN_PIECES):
        other = held.take()
        assert other is not None
        # It was slow, not gone: it goes on, and counts.
        assert next(download) == b"b"
        other.free()
        assert held.take() is None
        assert list(download) == []
        assert held.take() is not None


def test_its_page_says_how_much_it_is_before_it_is_made(
    db: None, store: Path, devscan: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = Thread()
    send_files(thread, (b"1", "a.txt"), (b"2", "b.txt"))
    browser = Client()
    sign_in(browser, thread.account)
    page = browser.get(reverse("records_archive")).content.decode()
    assert "You have 1 conversation, with 2 attached files of 2\u00a0bytes in all." in page
    assert "large download" not in page
    monkeypatch.setattr(queries, "LARGE", 2)
    assert "large download" in browser.get(reverse("records_archive")).content.decode()
    monkeypatch.setattr(queries, "HUGE", 2)
    assert "USB sticks" in browser.get(reverse("records_archive")).content.decode()


KILLED = """
import os, signal
import django
django.setup()
from messaging.records.archive import making, pieces
from smportal.actor import Actor
whole, turns = pieces.advance, iter(range(9))
def advance(archive, part):
    done = whole(archive, part)
    if next(turns) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return done
pieces.advance = advance
making.make_archives(actor=Actor.system("archives"))
"""


def test_f021_a_worker_killed_half_way_loses_the_piece_that_it_was_at(
    committed_db: CommittedDatabase, store: Path, devscan: int
) -> None:
    thread = Thread()
    send_files(thread, *((f"{number}".encode() * 1000, f"{number}.txt") for number in range(4)))
    archive = request_archive(actor=thread.veteran)
    environment: dict[str, str] = {**committed_db.environment, "ATTACHMENTS_DIR": str(store)}
    ended = subprocess.run([sys.executable, "-c", KILLED], env=environment, check=False)
    assert ended.returncode == -signal.SIGKILL
    archive.refresh_from_db()
    assert (archive.state, archive.done, archive.files_done) == ("making", 0, 2)
    assert make_archives(actor=WORKER) == 0, "its lease is still running"
    with clock.at(clock.now() + making.LEASE):
        assert make_archives(actor=WORKER) == 1
    archive.refresh_from_db()
    assert (archive.state, archive.done, archive.files_done) == ("ready", 1, 4)
    packed = opened(archive)
    contents = sorted(packed.read(name) for name in packed.namelist() if "/files/" in name)
    assert contents == [f"{number}".encode() * 1000 for number in range(4)]


def test_asked_for_many_times_at_once_it_is_made_once(committed_db: CommittedDatabase) -> None:
    thread = Thread()
    thread.send()
    begin, found, threads = threading.Barrier(6), [], []

    def ask() -> None:
        begin.wait()
        try:
            found.append(request_archive(actor=thread.veteran).id)
        finally:
            connection.close()

    for _ in range(6):
        threads.append(threading.Thread(target=ask))
        threads[-1].start()
    for one in threads:
        one.join()
    assert len(found) == 6
    assert len(set(found)) == Archive.objects.count() == 1
    assert AuditEvent.objects.filter(deed="archive_requested").count() == 1
    assert ArchivePart.objects.count() == 0
