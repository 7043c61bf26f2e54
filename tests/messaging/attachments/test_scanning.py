"""A file is never treated as clean but by the scanner's exact OK; whoever sent one that is not is told."""

import base64
import datetime as dt
import io
import socket
import socketserver
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core import mail as outbox
from pytest_django import Settings

from messaging.attachments import actions, queries, scanner
from messaging.attachments.scanner import Clamd, Unclear, Verdict
from messaging.attachments.scanning import ALARM_AFTER, pause
from messaging.models import Attachment, Notification, NotificationKind
from messaging.notifications.kinds import KINDS
from smportal import clock
from smportal.actor import Actor
from smportal.audit.models import AuditEvent
from smportal.devstack.devscan import EICAR, VERSION
from smportal.errors import Conflict
from tests.messaging.attachments import making
from tests.messaging.attachments.making import add, draft_basket
from tests.messaging.attachments.test_lifecycle import Mail

SYSTEM = Actor.system("test")
MIME = b"From: a@b.example\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(EICAR)
INFECTED = {
    "raw": EICAR,
    "prefixed": b"A note.\n" + EICAR,
    "in a zip": making.zipped({"a.txt": EICAR}),
    "in a zip in a zip": making.zipped({"b.zip": making.zipped({"a.txt": EICAR})}),
    "in a document": making.docx(word__note=EICAR),
    "in mail": MIME,
}


@pytest.fixture
def mail(db: None) -> Mail:
    return Mail()


def answering(answer: bytes) -> type[socketserver.BaseRequestHandler]:
    class Fixed(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            command = b""
            while not command.endswith(b"\0"):
                command += self.rfile.read(1)
            if command == b"zINSTREAM\0":
                while size := struct.unpack("!L", self.rfile.read(4))[0]:
                    self.rfile.read(size)
            self.wfile.write(answer)

    return Fixed


@pytest.fixture
def fake(settings: Settings) -> Iterator[Callable[[bytes], int]]:
    """Start a scanner that says one thing to everybody."""
    servers: list[socketserver.TCPServer] = []

    def start(answer: bytes) -> int:
        server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), answering(answer))
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        port = int(server.server_address[1])
        settings.SCANNER_URL = f"devscan://127.0.0.1:{port}"
        return port

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("kind", INFECTED)
def test_a045_the_test_string_is_found_wherever_it_is(devscan: int, kind: str) -> None:
    assert scanner.scanner().scan([INFECTED[kind]]) is Verdict.INFECTED


def test_a_clean_file_is_ok_also_in_pieces(devscan: int) -> None:
    assert scanner.scanner().scan([making.TEXT] * 1000) is Verdict.CLEAN
    assert scanner.scanner().scan([EICAR[:20], b"", EICAR[20:]]) is Verdict.INFECTED


@pytest.mark.parametrize(
    "answer",
    [
        b"", b"\0", b"OK\0", b"stream: ok\0", b"stream: OK or not\0", b"stream: Can't allocate memory ERROR\0",
        b"INSTREAM size limit exceeded. ERROR\0", b"stream: OK", b"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0",
        b"COMMAND READ TIMED OUT\0", b"x" * 10_000,
    ],
)  # fmt: skip
def test_a046_anything_but_the_exact_answer_is_unclear(fake: Callable[[bytes], int], answer: bytes) -> None:
    fake(answer)
    with pytest.raises(Unclear):
        scanner.scanner().scan([making.TEXT])


def test_what_only_speaks_the_protocol_is_not_believed_where_clamav_must_be(devscan: int) -> None:
    real = Clamd("127.0.0.1", devscan, must_be_clamav=True)
    assert real.version() == VERSION
    assert "not a virus scanner" in VERSION
    with pytest.raises(Unclear, match="not_clamav"):
        real.scan([making.TEXT])


def test_a_clean_file_becomes_ready_and_can_be_read(mail: Mail, devscan: int) -> None:
    row = add(mail.veteran, draft_basket(mail.veteran))
    with pytest.raises(Conflict):
        queries.file_of(mail.veteran, row.id)
    assert actions.scan(actor=SYSTEM) == actions.ScanResult(ready=1)
    assert queries.file_of(mail.veteran, row.id).id == row.id
    assert AuditEvent.objects.get(deed="file_scanned").reason == "clean"


def test_a045_an_infected_sent_file_is_gone_for_good_and_its_sender_is_told(
    mail: Mail, devscan: int, store: Path, django_capture_on_commit_callbacks: Any
) -> None:
    basket = draft_basket(mail.veteran)
    row = add(mail.veteran, basket, EICAR)
    message = mail.send(basket, row)
    with django_capture_on_commit_callbacks(execute=True):
        assert actions.scan(actor=SYSTEM) == actions.ScanResult(refused=1)
    found = Attachment.objects.get()
    assert (found.state, found.refusal, found.secret_sealed) == ("refused", "infected", None)
    assert not [path for path in store.rglob("*") if path.is_file()]
    for actor in (mail.veteran, mail.nurse):
        with pytest.raises(Conflict) as refused:
            queries.file_of(actor, row.id)
        assert "threat" in refused.value.text
    info = queries.files_of_messages([message])[message.id][0]
    assert info.is_refused
    told = Notification.objects.get(kind=NotificationKind.FILE_VETERAN)
    assert told.recipient_id == mail.veteran.account_id
    assert AuditEvent.objects.get(deed="file_scanned").reason == "infected"


def test_a081_the_email_says_nothing_of_the_file() -> None:
    for kind in (NotificationKind.FILE_VETERAN, NotificationKind.FILE_STAFF):
        words = " ".join(map(str, [KINDS[kind].subject, *KINDS[kind].lines]))
        assert "{" not in words
        assert "virus" not in words.lower()


def test_a046_without_a_scanner_files_are_held_and_the_backlog_drains(mail: Mail, settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        settings.SCANNER_URL = f"devscan://127.0.0.1:{closed.getsockname()[1]}"
    now = dt.datetime(2026, 3, 3, 15, tzinfo=dt.UTC)
    basket = draft_basket(mail.veteran)
    with clock.at(now):
        rows = [add(mail.veteran, basket, name=f"{number}.txt") for number in range(3)]
        mail.send(basket, *rows)
        assert actions.scan(actor=SYSTEM).held == 1, "one question is enough to know that nobody answers"
    assert set(Attachment.objects.values_list("state", flat=True)) == {"held"}
    with pytest.raises(Conflict):
        queries.file_of(mail.nurse, rows[0].id)


def test_f017_a_held_file_is_asked_about_again_and_delivered(mail: Mail, devscan: int, settings: Settings) -> None:
    settings.SCANNER_URL = "devscan://127.0.0.1:1"
    now = dt.datetime(2026, 3, 3, 15, tzinfo=dt.UTC)
    basket = draft_basket(mail.veteran)
    with clock.at(now):
        row = add(mail.veteran, basket)
        mail.send(basket, row)
    for attempt in range(ALARM_AFTER):
        with clock.at(now + attempt * dt.timedelta(hours=1)):
            actions.scan(actor=SYSTEM)
    told = Notification.objects.filter(kind=NotificationKind.FILE_VETERAN)
    assert told.count() == 1
    settings.SCANNER_URL = f"devscan://127.0.0.1:{devscan}"
    with clock.at(now + dt.timedelta(hours=ALARM_AFTER)):
        assert actions.scan(actor=SYSTEM).ready == 1
    assert queries.file_of(mail.nurse, row.id).state == "ready"


def test_f021_a_file_that_kills_its_worker_is_asked_about_ever_more_rarely(mail: Mail, devscan: int) -> None:
    from messaging.attachments import scanning

    now = dt.datetime(2026, 3, 3, 15, tzinfo=dt.UTC)
    with clock.at(now):
        add(mail.veteran, draft_basket(mail.veteran))
        claimed = scanning._claim()
        assert claimed is not None, "claimed, then the worker dies"
        assert scanning._claim() is None
    with clock.at(now + scanning.LEASE):
        assert scanning._claim() is not None
    assert pause(1) < pause(5) < pause(40) == dt.timedelta(minutes=10)


def test_a077_a_file_removed_while_it_is_scanned_stays_removed(mail: Mail, devscan: int) -> None:
    from messaging.attachments import scanning

    basket = draft_basket(mail.veteran)
    row = add(mail.veteran, basket)
    claimed = scanning._claim()
    assert claimed is not None
    actions.remove(actor=mail.veteran, basket=basket, file_id=row.id)
    scanning._settle(SYSTEM, claimed, Verdict.CLEAN)
    assert not Attachment.objects.exists()
    assert not outbox.outbox


def test_a_missing_or_changed_stored_file_is_held_not_clean(mail: Mail, devscan: int, store: Path) -> None:
    add(mail.veteran, draft_basket(mail.veteran))
    path = next(path for path in store.rglob("*") if path.is_file())
    path.write_bytes(bytes(len(path.read_bytes())))
    assert actions.scan(actor=SYSTEM).held == 1
    assert Attachment.objects.get().state == "held"


def test_a_thumbnail_is_drawn_without_the_place_where_it_was_taken(
    mail: Mail, devscan: int, django_capture_on_commit_callbacks: Any
) -> None:
    from PIL import Image

    from messaging.attachments.sealing import thumbnail_reader

    exif = Image.Exif()
    exif[0x0110] = "zebracanary phone"
    exif.get_ifd(0x8825)[1] = "N"
    content = making.picture("JPEG", (1200, 600), exif=exif.tobytes())
    assert b"zebracanary" in content
    for name, made in (("a.jpg", content), ("b.heic", making.picture("HEIF", (640, 640)))):
        row = add(mail.veteran, draft_basket(mail.veteran), made, name)
        with django_capture_on_commit_callbacks(execute=True):
            actions.scan(actor=SYSTEM)
        row.refresh_from_db()
        small = b"".join(thumbnail_reader(row).pieces())
        assert (row.state, len(small)) == ("ready", row.thumbnail_size)
        assert b"zebracanary" not in small
        with Image.open(io.BytesIO(small)) as drawn:
            assert (max(drawn.size), dict(drawn.getexif())) == (320, {})
