"""The endpoint over HTTP, what it can be told to do wrong, and the page for people."""

import hmac
import json
import re
import socket
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Final

from smportal.devstack.fhir import page, rules
from smportal.devstack.fhir.store import NotSelective, Store

BASE: Final = "/fhir"
JSON: Final = "application/fhir+json"
_NOTE: Final = re.compile(rf"{BASE}/DocumentReference/([A-Za-z0-9.\-]+)")
# What a fault does; with "store-then-" before it, the note is taken first.
FAULTS: Final = frozenset(
    {
        *("error", "busy", "unauthorized", "drop", "hang", "page"),
        *("store-then-error", "store-then-drop", "store-then-hang"),
    }
)


@dataclass
class Endpoint:
    """The state of one stand-in. `faults` are done to the next requests, one each."""

    token: str
    store: Store = field(default_factory=Store)
    strangers: frozenset[str] = frozenset()
    faults: deque[str] = field(default_factory=deque)
    # Set when a request begins to hang; set `released` to let it go on.
    hanging: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)
    # Requests to create a note, refused ones too.
    received: int = 0


class Handler(BaseHTTPRequestHandler):
    """One connection. The class made by `server` knows its endpoint."""

    endpoint: ClassVar[Endpoint]
    protocol_version = "HTTP/1.1"
    server_version = "fhir"
    sys_version = ""
    timeout = 30

    def do_GET(self) -> None:
        """Show the page of people, or give back one note to whoever has the token."""
        host = (self.headers.get("Host") or "").partition(":")[0]
        if self.path in {"/", "/style.css"}:
            if host not in {"localhost", "127.0.0.1"}:
                self._send(421, "text/plain; charset=utf-8", b"Unknown host.")
            elif self.path == "/":
                self._send(200, "text/html; charset=utf-8", page.render(self.endpoint.store.notes).encode())
            else:
                self._send(200, "text/css; charset=utf-8", page.STYLE.encode())
        elif not self._is_authorized():
            self._outcome(401, "login", "Authorization")
        elif (found := _NOTE.fullmatch(self.path)) and found[1] in self.endpoint.store.notes:
            self._send(200, JSON, json.dumps(self.endpoint.store.notes[found[1]]).encode())
        else:
            self._outcome(404, "not-found", "id")

    def do_POST(self) -> None:
        """Take a note, or say in an OperationOutcome why not."""
        self.endpoint.received += 1
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > 4 * rules.LARGEST:
            # Not even read; what is only too large is, so that the answer is heard.
            self.close_connection = True
            self._outcome(413, "too-long", "body")
            return
        body = self.rfile.read(int(length))
        fault = self.endpoint.faults.popleft() if self.endpoint.faults else ""
        if fault and not fault.startswith("store-then-"):
            self._do_wrong(fault)
            return
        answer = self._take(body)
        if fault:
            self._do_wrong(fault.removeprefix("store-then-"))
        else:
            self._answer(*answer)

    def _take(self, body: bytes) -> tuple[int, str, str]:
        """Return the status with the new note's address, or with an issue's code and where it is."""
        if not self._is_authorized():
            return 401, "login", "Authorization"
        if self.path != f"{BASE}/DocumentReference":
            return 404, "not-supported", "path"
        if (self.headers.get("Content-Type") or "").partition(";")[0].strip() != JSON:
            return 415, "not-supported", "Content-Type"
        try:
            resource = rules.check(body, strangers=self.endpoint.strangers)
            note_id, is_new = self.endpoint.store.create(resource, self.headers.get("If-None-Exist") or "")
        except rules.Refused as refused:
            return refused.status, refused.issue, refused.where
        except NotSelective:
            return 412, "multiple-matches", "If-None-Exist"
        except ValueError:
            return 400, "invalid", "If-None-Exist"
        return 201 if is_new else 200, f"{BASE}/DocumentReference/{note_id}/_history/1", ""

    def _answer(self, status: int, what: str, where: str) -> None:
        if status in {200, 201}:
            self._send(status, JSON, b"", {"Location": what})
        else:
            self._outcome(status, what, where)

    def _do_wrong(self, fault: str) -> None:
        match fault:
            case "error":
                self._outcome(500, "exception", "server")
            case "busy":
                self._send(503, "text/plain", b"", {"Retry-After": "120"})
            case "unauthorized":
                self._outcome(401, "expired", "Authorization")
            case "page":
                # What a portal of a network on the way would say.
                self._send(200, "text/html; charset=utf-8", b"<h1>Welcome</h1>")
            case "hang":
                self.endpoint.hanging.set()
                self.endpoint.released.wait(60)
                self._drop()
            case _:
                self._drop()

    def _drop(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _is_authorized(self) -> bool:
        given = (self.headers.get("Authorization") or "").encode()
        return hmac.compare_digest(given, f"Bearer {self.endpoint.token}".encode())

    def _outcome(self, status: int, issue: str, where: str) -> None:
        found: dict[str, Any] = {"severity": "error", "code": issue, "expression": [where]}
        self._send(status, JSON, json.dumps({"resourceType": "OperationOutcome", "issue": [found]}).encode())

    def _send(self, status: int, kind: str, content: bytes, more: dict[str, str] | None = None) -> None:
        headers = {
            "Content-Type": kind,
            "Content-Length": str(len(content)),
            "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
            **(more or {}),
        }
        with suppress(OSError):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing: a request line is not worth a log."""


def server(endpoint: Endpoint, port: int, host: str = "127.0.0.1") -> ThreadingHTTPServer:
    """Return a server of this endpoint, to be started by its `serve_forever`."""
    handler = type("EndpointHandler", (Handler,), {"endpoint": endpoint})
    made = ThreadingHTTPServer((host, port), handler)
    made.daemon_threads = True
    return made
