"""Asking a malware scanner: clamd's protocol over TCP. Only its exact OK makes a file clean.

The interface is `Scanner`; `scanner()` returns the configured one. Whatever is not a clear answer, such as an
error, a size limit, a closed connection, silence, is `Unclear`: the file is held and asked about again.
"""

import contextlib
import socket
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol
from urllib.parse import urlsplit

from django.conf import settings

PIECE_BYTES: Final = 64 * 1024
ANSWER_MOST: Final = 4096
CONNECT_SECONDS: Final = 3
ANSWER_SECONDS: Final = 15
REAL, DEMO = "clamd", "devscan"


class Verdict(Enum):
    """The two clear answers."""

    CLEAN = "clean"
    INFECTED = "infected"


class Unclear(Exception):
    """No clear answer; the text is a stable code, never what the other side said."""


class Scanner(Protocol):
    """Something that judges bytes."""

    def scan(self, pieces: Iterable[bytes]) -> Verdict:
        """Judge a file given piece by piece. Raises Unclear."""
        ...


@dataclass(frozen=True, slots=True)
class Clamd:
    """clamd at an address. With `must_be_clamav`, something that only speaks its protocol is not believed."""

    host: str
    port: int
    must_be_clamav: bool

    def version(self) -> str:
        """Return what the scanner says it is. Raises Unclear."""
        with _connection(self.host, self.port) as link:
            link.sendall(b"zVERSION\0")
            return _answer(link)

    def scan(self, pieces: Iterable[bytes]) -> Verdict:
        if self.must_be_clamav and not self.version().startswith("ClamAV "):
            raise Unclear("not_clamav")
        with _connection(self.host, self.port) as link:
            link.sendall(b"zINSTREAM\0")
            for piece in pieces:
                if piece:
                    link.sendall(struct.pack("!L", len(piece)) + piece)
            link.sendall(struct.pack("!L", 0))
            return _verdict(_answer(link))


def _verdict(answer: str) -> Verdict:
    if answer == "stream: OK":
        return Verdict.CLEAN
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        # A limit that was met is reported like a find: it says nothing of the file.
        if "Heuristics.Limits.Exceeded" in answer:
            raise Unclear("limit")
        return Verdict.INFECTED
    raise Unclear("no_clear_answer")


@contextlib.contextmanager
def _connection(host: str, port: int) -> Iterator[socket.socket]:
    try:
        with socket.create_connection((host, port), timeout=CONNECT_SECONDS) as link:
            link.settimeout(ANSWER_SECONDS)
            yield link
    except OSError:
        raise Unclear("away") from None


def _answer(link: socket.socket) -> str:
    received = b""
    while not received.endswith(b"\0"):
        piece = link.recv(ANSWER_MOST)
        if not piece or len(received) > ANSWER_MOST:
            raise Unclear("no_clear_answer")
        received += piece
    return received[:-1].decode("ascii", "replace").strip()


def scanner() -> Scanner:
    """Return the scanner of the settings."""
    parts = urlsplit(settings.SCANNER_URL)
    return Clamd(parts.hostname or "", parts.port or 3310, must_be_clamav=parts.scheme == REAL)
