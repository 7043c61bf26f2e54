"""What files cost the web server's memory: `python -m benchmarks.upload`, under the demo's own gunicorn.

Aim: no worker's peak grows by more than 20 MiB over what it was before, whatever way 25 MiB come or go. Each way is gone
three times, with every kind of check that a file meets. Peaks are the kernel's (VmHWM), set back before each way.
"""

import http.client
import os
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks import stage
from benchmarks.measuring import CSRF_SECRET, WrongAnswer
from smportal.devstack import devscan

MIB = 1024 * 1024
GROWTH_MOST = 20 * MIB
ROUNDS = 3
WHOLE, PART = 25 * MIB - 4096, 25 * MIB // 10 - 4096
BOUNDARY = "a-boundary-of-the-benchmark"


def main() -> None:
    """Measure each way and print a table; exit 1 when one grows by more than the aim."""
    with stage.raised("tiny") as ground, _scanner():
        visitor = Visitor(ground.port)
        visitor.warm_up()
        print(f"\n{'way':44} {'before':>9} {'peak':>9} {'growth':>9}   (MiB, the worker that grew most)")
        missed = [name for name, go in visitor.ways() if not _measured(ground.web_pid, name, go)]
    if missed:
        sys.exit(f"more than {GROWTH_MOST // MIB} MiB: {', '.join(missed)}")


def _measured(web_pid: int, name: str, go: Callable[[], None]) -> bool:
    workers = [int(child) for child in Path(f"/proc/{web_pid}/task/{web_pid}/children").read_text().split()]
    for worker in workers:
        # The kernel's word for "forget the peak".
        Path(f"/proc/{worker}/clear_refs").write_text("5")
    before = {worker: _memory(worker, "VmRSS") for worker in workers}
    for _ in range(ROUNDS):
        go()
    growth, worker = max((_memory(worker, "VmHWM") - before[worker], worker) for worker in workers)
    was = before[worker]
    print(f"{name:44} {was / MIB:9.1f} {(was + growth) / MIB:9.1f} {growth / MIB:9.1f}", flush=True)
    return growth <= GROWTH_MOST


def _memory(process: int, field: str) -> int:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:"))


@contextmanager
def _scanner() -> Iterator[None]:
    """Serve what stands in for clamd where the settings look for it, in this process."""
    from django.conf import settings

    port = urlsplit(settings.SCANNER_URL).port or 0
    with devscan.Server(("127.0.0.1", port), devscan.Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()


def text(size: int) -> bytes:
    """Return a file of readings, different every time."""
    return os.urandom(8).hex().encode() + b" 120/80" * (size // 7)


def pdf(size: int) -> bytes:
    """Return what the checks of a PDF read from end to end."""
    return b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nstream\n" + os.urandom(size) + b"\nendstream\nendobj\n%%EOF\n"


def video(size: int) -> bytes:
    """Return what is known by its first bytes only."""
    return b"\0\0\0\x18ftypisom\0\0\2\0isommp41\0\0\0\x08free" + os.urandom(size)


class Visitor:
    """A veteran who sends and fetches files."""

    def __init__(self, port: int) -> None:
        from accounts.models import Account
        from benchmarks import people
        from benchmarks.cases import session_of

        self._port = port
        self._account = Account.objects.get(username=people.username(0))
        self._session = session_of(self._account)

    def warm_up(self) -> None:
        """Let both workers load what they load once: code, a small file of each kind, connections."""
        for _ in range(8):
            for make, name in ((text, "a.txt"), (pdf, "a.pdf"), (video, "a.mp4")):
                self._by_itself([(name, make(2000))])
        self._scanned()

    def ways(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """Yield each way with its name."""
        ending = {text: "txt", pdf: "pdf", video: "mp4"}
        for make, end in ending.items():
            yield f"up: one of 25 MiB by itself ({end})", partial(self._one, make, f"whole.{end}")
        yield "up: ten of 2.5 MiB one after the other (pdf)", lambda: self._by_itself(_ten())
        yield "up: ten of 2.5 MiB in one form (pdf)", lambda: self._with_form(_ten())
        yield (
            "up: four of 25 MiB in one form (pdf)",
            lambda: self._with_form([(f"{number}.pdf", pdf(WHOLE)) for number in range(4)]),
        )
        yield "up: three of 25 MiB at the same time (pdf)", self._at_once
        whole = self._ready(("down.pdf", pdf(WHOLE)))
        yield "down: one of 25 MiB", lambda: self._fetch(whole)
        yield "down: one of 25 MiB, three at the same time", lambda: _together([lambda: self._fetch(whole)] * 3)

    def _one(self, make: Callable[[int], bytes], name: str) -> None:
        self._by_itself([(name, make(WHOLE))])

    def _by_itself(self, files: list[tuple[str, bytes]]) -> None:
        draft = uuid.uuid4()
        for file in files:
            self._post(f"/messages/drafts/{draft}/files/", {"key": str(uuid.uuid4())}, [file], 200)
        self._forget()

    def _with_form(self, files: list[tuple[str, bytes]]) -> None:
        fields = {"draft_id": str(uuid.uuid4()), "version": "0", "subject": "Files", "body": "See these.", "save": "1"}
        self._post("/messages/new/", fields, files, 302)
        self._forget()

    def _at_once(self) -> None:
        _together([lambda: self._by_itself([("whole.pdf", pdf(WHOLE))])] * 3)

    def _ready(self, file: tuple[str, bytes]) -> str:
        from messaging.models import Attachment

        self._post(f"/messages/drafts/{uuid.uuid4()}/files/", {"key": str(uuid.uuid4())}, [file], 200)
        self._scanned()
        return f"/messages/files/{Attachment.objects.latest('created_at').id}/"

    def _fetch(self, path: str) -> None:
        with self._asked("GET", path, None, {}) as response:
            size = 0
            while piece := response.read(MIB):
                size += len(piece)
        if response.status != http.client.OK or size < WHOLE:
            raise WrongAnswer(f"{path}: {response.status}, {size} bytes")

    def _post(self, path: str, fields: dict[str, str], files: list[tuple[str, bytes]], status: int) -> None:
        body = bytearray()
        for name, value in {"csrfmiddlewaretoken": CSRF_SECRET, **fields}.items():
            body += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, content in files:
            head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="upload"; filename="{name}"\r\n\r\n'
            body += head.encode() + content + b"\r\n"
        body += f"--{BOUNDARY}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        with self._asked("POST", path, bytes(body), headers) as response:
            answer = response.read()
        if response.status != status or (status == http.client.OK and b'"state": "checking"' not in answer):
            raise WrongAnswer(f"{path}: {response.status} {answer[:900]!r}")

    @contextmanager
    def _asked(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> Iterator[http.client.HTTPResponse]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=120)
        cookies = f"__Host-session={self._session}; __Host-csrf={CSRF_SECRET}"
        connection.request(method, path, body, {"Host": f"localhost:{self._port}", "Cookie": cookies, **headers})
        try:
            yield connection.getresponse()
        finally:
            connection.close()

    def _scanned(self) -> None:
        from messaging.attachments.actions import scan
        from smportal.actor import Actor

        scan(actor=Actor.system("benchmark"))

    def _forget(self) -> None:
        """Make room under the account's own limit."""
        from messaging.attachments import storage
        from messaging.models import Attachment

        unsent = Attachment.objects.filter(uploaded_by=self._account, message=None)
        ids = list(unsent.values_list("id", flat=True))
        unsent.delete()
        storage.remove_all(ids)


def _ten() -> list[tuple[str, bytes]]:
    return [(f"{number}.pdf", pdf(PART)) for number in range(10)]


def _together(goes: list[Callable[[], Any]]) -> None:
    from django.db import connections

    problems: list[BaseException] = []

    def guarded(go: Callable[[], Any]) -> None:
        try:
            go()
        except Exception as problem:  # noqa: BLE001 - the thread's; raised again below
            problems.append(problem)
        finally:
            # The thread's own; the pool has eight.
            connections.close_all()

    threads = [threading.Thread(target=guarded, args=(go,)) for go in goes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise problems[0]


if __name__ == "__main__":
    main()
