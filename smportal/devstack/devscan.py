"""Stands in for clamd in the demo and the tests: the same protocol over TCP, but NOT A VIRUS SCANNER.

It knows one thing, the EICAR test string, and finds it in plain files, zip archives (also archives in
archives) and mail. Everything else it calls OK. It says so when asked for its version, and production refuses
to use it: by its setting, and because it does not say that it is ClamAV.
"""

import argparse
import base64
import binascii
import contextlib
import io
import re
import signal
import socketserver
import struct
import threading
import zipfile
import zlib
from collections.abc import Iterator
from typing import Final

VERSION: Final = "smportal devscan: this is not a virus scanner; it knows the EICAR test string only"
# In two halves, so that this file itself is no test file.
EICAR: Final = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}" + b"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
LARGEST: Final = 64 * 1024 * 1024
LEVELS: Final = 5
_BASE64: Final = re.compile(rb"(?:^[A-Za-z0-9+/]+={0,2}\r?\n)+", re.MULTILINE)


def infected(data: bytes, level: int = 0) -> bool:
    """Tell whether the test string is in there, at any depth up to five."""
    if EICAR in data:
        return True
    return level < LEVELS and any(infected(part, level + 1) for part in _parts(data))


def _parts(data: bytes) -> Iterator[bytes]:
    if data.startswith(b"PK"):
        yield from _members(data)
    elif data[:1].isalpha() and b"base64" in data[:100_000]:
        for found in _BASE64.finditer(data):
            with contextlib.suppress(binascii.Error):
                yield base64.b64decode(found[0])


def _members(data: bytes) -> Iterator[bytes]:
    broken = (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, ValueError)
    with contextlib.suppress(*broken), zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist():
            with archive.open(member) as part:
                yield part.read(LARGEST)


class Handler(socketserver.StreamRequestHandler):
    """One connection: PING, VERSION or INSTREAM, in the null-terminated form."""

    timeout = 30

    def handle(self) -> None:
        """Answer one command."""
        with contextlib.suppress(OSError, struct.error):
            self._answer(self._command())

    def _command(self) -> bytes:
        received = b""
        while not received.endswith((b"\0", b"\n")) and len(received) < 100:
            piece = self.rfile.read(1)
            if not piece:
                break
            received += piece
        return received.strip(b"zn\0\n")

    def _answer(self, command: bytes) -> None:
        match command:
            case b"PING":
                text = "PONG"
            case b"VERSION":
                text = VERSION
            case b"INSTREAM":
                text = self._scan()
            case _:
                text = "UNKNOWN COMMAND"
        self.wfile.write(text.encode() + b"\0")

    def _scan(self) -> str:
        content = bytearray()
        while size := struct.unpack("!L", self.rfile.read(4))[0]:
            if len(content) + size > LARGEST:
                return "INSTREAM size limit exceeded. ERROR"
            content += self.rfile.read(size)
        return "stream: Eicar-Test-Signature FOUND" if infected(bytes(content)) else "stream: OK"


class Server(socketserver.ThreadingTCPServer):
    """Local only."""

    allow_reuse_address = True
    daemon_threads = True


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    with Server(("127.0.0.1", options.port), Handler) as server:
        for signum in (signal.SIGTERM, signal.SIGINT):
            # shutdown() waits for serve_forever, which this very thread runs.
            signal.signal(signum, lambda *_: threading.Thread(target=server.shutdown).start())
        print(VERSION, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
