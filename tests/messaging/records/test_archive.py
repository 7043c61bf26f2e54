"""Everything as one archive: made piece by piece by whoever is alive, sealed, fetched on record, gone after a day."""

import datetime as dt
import io
import re
import zipfile

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from eligibility.models import Facility
from messaging.models import Archive, ArchivePart, ArchiveState, Notification
from messaging.records.archive import making, pieces
from messaging.records.archive.actions import delete_expired, request_archive, take_archive
from messaging.records.archive.delivery import plan_of
from messaging.records.archive.making import make_archives
from smportal import clock
from smportal.actor import Actor
from smportal.audit.models import AuditEvent
from smportal.errors import NotFound
from tests import factories
from tests.messaging.threads import DAY, TUESDAY, Thread
from tests.signing_in import sign_in

WORKER = Actor.system("archives")
CANARY = "zebracanary"


@pytest.fixture
def thread(db: None) -> Thread:
    found = Thread(subject=f"About {CANARY} <script>alert(1)</script>")
    for number in range(3):
        found.answer(found.send(f"Text {number} of {CANARY}").conversation_id)
    return found


def deeds(deed: str) -> int:
    return AuditEvent.objects.filter(deed=deed).count()


def test_the_whole_way_over_http(thread: Thread) -> None:
    Facility.objects.update(time_zone="Pacific/Honolulu")
    browser, page = Client(), reverse("records_archive")
    sign_in(browser, thread.account)
    assert "Make my copy" in browser.get(page).content.decode()
    browser.post(page)
    browser.post(page)
    assert Archive.objects.count() == deeds("archive_requested") == 1
    assert browser.get(reverse("records_archive_progress")).json() == {
        "state": "making",
        "done": 0,
        "files_done": 0,
        "step": 0,
    }
    assert "Get my copy" not in browser.get(page).content.decode()
    assert make_archives(actor=WORKER) == 3
    assert Notification.objects.get(kind="archive_ready").recipient_id == thread.account.id
    ready = browser.get(page).content.decode()
    assert "Get my copy" in ready
    assert re.search(r"until [^<]+ HST\. Then we delete it", ready), "the time is that of the veteran's facility"
    take = reverse("records_archive_take", args=[Archive.objects.get().id])
    assert "your copy is yours to protect" in browser.get(take).content.decode()
    assert deeds("exported") == 0
    file = reverse("records_archive_file", args=[Archive.objects.get().id])
    assert browser.get(file)["Location"] == take, "the notice comes first"
    assert browser.post(take)["Location"] == file
    assert deeds("exported") == 1
    response = browser.get(file, headers={"Accept-Encoding": "gzip"})
    assert deeds("file_opened") == 1
    assert response.headers["Content-Disposition"] == 'attachment; filename="secure-messages.zip"'
    packed = zipfile.ZipFile(io.BytesIO(response.getvalue()))
    assert packed.testzip() is None
    names = packed.namelist()
    assert sum(name.endswith("/conversation.pdf") for name in names) == 3
    texts = b"".join(packed.read(name) for name in names if name.endswith(".txt")).decode()
    assert all(f"Text {number} of {CANARY}" in texts for number in range(3))
    index = packed.read("index.html").decode()
    assert "<script>" not in index
    assert all(name in index for name in names if name.endswith((".pdf", ".txt")))
    assert "http" not in index


def test_nothing_in_the_database_can_be_read(thread: Thread) -> None:
    request_archive(actor=thread.veteran)
    make_archives(actor=WORKER)
    with connection.cursor() as cursor:
        cursor.execute("SELECT text_sealed, pdf_sealed, listing_sealed FROM messaging_archivepart")
        stored = b"".join(bytes(value) for row in cursor.fetchall() for value in row)
    assert len(stored) > 10_000
    assert CANARY.encode() not in stored
    assert b"%PDF" not in stored


def test_f021_another_worker_goes_on_where_one_was_killed(thread: Thread, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = request_archive(actor=thread.veteran)
    whole = pieces.advance

    def killed_at_the_second(held: Archive, part: ArchivePart) -> bool:
        if held.done == 1:
            raise MemoryError
        return whole(held, part)

    monkeypatch.setattr(pieces, "advance", killed_at_the_second)
    with pytest.raises(MemoryError):
        make_archives(actor=WORKER)
    archive.refresh_from_db()
    assert (archive.state, archive.done, ArchivePart.objects.count()) == ("making", 1, 1)
    # Its lease is still running: nobody else begins the same.
    monkeypatch.setattr(pieces, "advance", whole)
    assert make_archives(actor=WORKER) == 0
    with clock.at(clock.now() + making.LEASE):
        assert make_archives(actor=WORKER) == 2
    archive.refresh_from_db()
    assert (archive.state, archive.done, ArchivePart.objects.count()) == ("ready", 3, 3)


def test_f021_one_that_ends_every_worker_fails_and_others_go_on(
    thread: Thread, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = request_archive(actor=thread.veteran)
    other = Thread()
    other.send()
    good = request_archive(actor=other.veteran)
    whole = pieces.advance

    def killed(held: Archive, part: ArchivePart) -> bool:
        if held.id == bad.id:
            raise MemoryError
        return whole(held, part)

    monkeypatch.setattr(pieces, "advance", killed)
    now = clock.now()
    for turn in range(4):
        with clock.at(now + turn * making.LEASE):
            try:
                make_archives(actor=WORKER)
            except MemoryError:
                continue
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, good.state) == (ArchiveState.FAILED, ArchiveState.READY)
    assert not ArchivePart.objects.filter(archive=bad).exists()
    # The veteran can try again.
    assert request_archive(actor=thread.veteran).id != bad.id


def test_a_run_that_is_out_of_time_leaves_the_rest_to_the_next(thread: Thread) -> None:
    archive = request_archive(actor=thread.veteran)
    assert make_archives(actor=WORKER, seconds=0) == 0
    archive.refresh_from_db()
    assert archive.state == "making"
    assert make_archives(actor=WORKER) == 3


def test_it_is_deleted_after_a_day_and_by_the_next_one(thread: Thread) -> None:
    first = request_archive(actor=thread.veteran)
    make_archives(actor=WORKER)
    second = request_archive(actor=thread.veteran)
    first.refresh_from_db()
    assert (first.state, second.id != first.id) == ("gone", True)
    make_archives(actor=WORKER)
    assert delete_expired(actor=WORKER) == 0
    late = clock.now() + dt.timedelta(days=1, seconds=1)
    with clock.at(late):
        with pytest.raises(NotFound):
            take_archive(actor=thread.veteran, archive_id=second.id)
        assert delete_expired(actor=WORKER) == 1
    assert not ArchivePart.objects.exists()
    assert deeds("archive_deleted") == 2


def test_nobody_else_gets_it(thread: Thread) -> None:
    archive = request_archive(actor=thread.veteran)
    make_archives(actor=WORKER)
    stranger = factories.actor_for(factories.make_eligible_veteran(thread.team)[0])
    for actor in (stranger, factories.staff_actor(thread.nurse)):
        with pytest.raises(NotFound):
            take_archive(actor=actor, archive_id=archive.id)
    assert deeds("exported") == 0


def test_a_veteran_who_is_no_longer_eligible_takes_everything_along(thread: Thread) -> None:
    thread.record.enrollments.all().delete()
    thread.team.participations.update(opted_in=False)
    archive = request_archive(actor=thread.veteran)
    make_archives(actor=WORKER)
    taken = take_archive(actor=thread.veteran, archive_id=archive.id)
    packed = zipfile.ZipFile(io.BytesIO(b"".join(plan_of(taken).stream())))
    assert len([name for name in packed.namelist() if name.endswith(".pdf")]) == 3


def test_what_began_after_it_was_asked_for_is_not_in_it(thread: Thread) -> None:
    with clock.at(TUESDAY):
        early = Thread()
        early.send()
        archive = request_archive(actor=early.veteran)
    with clock.at(TUESDAY + DAY):
        early.send()
        make_archives(actor=WORKER)
    archive.refresh_from_db()
    assert (archive.state, archive.done, archive.total) == ("ready", 1, 1)
