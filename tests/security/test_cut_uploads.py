"""Connections that end half way through a form: what came is not taken for the whole, and nothing of it stays."""

import socket
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from messaging.mailbox import drafts
from messaging.mailbox.content import DraftContent
from messaging.models import Attachment, Draft
from tests import factories
from tests.messaging.attachments import making
from tests.security.portal import Browser, Portal, running

BOUNDARY = "cut-here"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
CANARY = b"zebracanary in the report\n"
WAIT_SECONDS = 20


@dataclass
class Ground:
    portal: Portal
    store: Path

    def files(self) -> list[Path]:
        return [path for path in self.store.rglob("*") if path.is_file()]


@pytest.fixture(scope="module")
def ground(
    tmp_path_factory: pytest.TempPathFactory, django_test_environment: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Ground]:
    directory = tmp_path_factory.mktemp("cut")
    store = directory / "store"
    store.mkdir(mode=0o700)
    with running(directory, django_db_blocker, ATTACHMENTS_DIR=str(store)) as portal:
        portal.start_web()
        yield Ground(portal, store)


def form(token: str, *fields: tuple[str, str], content: bytes = b"") -> bytes:
    parts = [("csrfmiddlewaretoken", token), *fields]
    lines = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in parts
    ]
    file = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="upload"; filename="report.txt"\r\n\r\n'
    return "".join(lines).encode() + file.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


def head(ground: Ground, browser: Browser, path: str, length: int, kind: str = MULTIPART) -> bytes:
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    lines = [
        f"POST {path} HTTP/1.1", f"Host: localhost:{ground.portal.port}", "User-Agent: test", f"Cookie: {cookies}",
        f"Content-Type: {kind}", f"Content-Length: {length}", "Connection: close", "", "",
    ]  # fmt: skip
    return "\r\n".join(lines).encode()


def signed_in(ground: Ground) -> tuple[Browser, uuid.UUID]:
    """Return a veteran's browser with a page's token, and a kept draft."""
    with ground.portal.rows():
        account, _, team = factories.make_eligible_veteran()
        browser = ground.portal.browser_of(account)
        content = DraftContent(team_id=team.id, category="general", subject="Knee", body="It hurts when I climb.")
        draft = drafts.save_draft(actor=factories.actor_for(account), draft_id=uuid.uuid4(), version=0, content=content)
    assert draft is not None
    browser.get(f"/messages/drafts/{draft.id}/")
    assert browser.token
    return browser, draft.id


def cut(ground: Ground, request: bytes, at: int) -> None:
    """Send the first bytes, look at the store while they lie there, and hang up; return once the server has noticed."""
    with socket.create_connection(("127.0.0.1", ground.portal.port), timeout=WAIT_SECONDS) as wire:
        wire.sendall(request[:at])
        ends = time.monotonic() + WAIT_SECONDS
        while CANARY in request[:at] and not ground.files():
            assert time.monotonic() < ends, "nothing arrived"
        for path in ground.files():
            assert b"zebracanary" not in path.read_bytes()
        wire.shutdown(socket.SHUT_WR)
        while wire.recv(65536):
            pass


def test_a044_half_a_file_is_no_file_and_nothing_of_it_stays(ground: Ground) -> None:
    browser, draft_id = signed_in(ground)
    path, key = f"/messages/drafts/{draft_id}/files/", str(uuid.uuid4())
    body = form(browser.token, ("key", key), content=CANARY * 40_000)
    request = head(ground, browser, path, len(body)) + body
    cut(ground, request, len(request) // 2)
    assert ground.files() == []
    with ground.portal.rows():
        assert not Attachment.objects.exists()
    whole = ground.portal.raw(request, seconds=WAIT_SECONDS)
    assert b" 200 OK" in whole.partition(b"\r\n")[0]
    assert len(ground.files()) == 1
    assert b"zebracanary" not in ground.files()[0].read_bytes()
    again = ground.portal.raw(request, seconds=WAIT_SECONDS)
    assert b" 200 OK" in again.partition(b"\r\n")[0]
    with ground.portal.rows():
        assert Attachment.objects.filter(draft_id=draft_id).count() == 1
    assert len(ground.files()) == 1


@pytest.mark.parametrize("kind", [MULTIPART, "application/x-www-form-urlencoded"], ids=["multipart", "urlencoded"])
def test_a044_half_a_form_overwrites_no_draft(ground: Ground, kind: str) -> None:
    browser, draft_id = signed_in(ground)
    with ground.portal.rows():
        draft = Draft.objects.get(id=draft_id)
    fields = [("draft_id", str(draft_id)), ("version", str(draft.version)), ("subject", "Knee"), ("save", "1")]
    long = "Everything since March. " * 400
    if kind == MULTIPART:
        body = form(browser.token, *fields, ("body", long), content=making.TEXT)
    else:
        pairs = [("csrfmiddlewaretoken", browser.token), *fields, ("body", long.replace(" ", "+"))]
        body = "&".join(f"{name}={value}" for name, value in pairs).encode()
    request = head(ground, browser, "/messages/new/", len(body), kind) + body
    cut(ground, request, len(request) - 5_000)
    with ground.portal.rows():
        kept = Draft.objects.get(id=draft_id)
        assert kept.version == draft.version
        assert kept.unseal_text("body_sealed") == "It hurts when I climb."
