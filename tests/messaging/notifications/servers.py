"""Mail servers that misbehave on purpose: real ones, on a port of their own."""

import asyncio
import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pytest_django import Settings

from smportal.devstack import ports


class Refusing:
    """Answers one command of the conversation with a refusal, for one address or for all."""

    def __init__(self, answer: str, *, at: str, only: str = "") -> None:
        self.answer, self.at, self.only = answer, at, only
        self.accepted: list[str] = []
        self.message_ids: list[str] = []

    def _refuses(self, stage: str, address: str) -> bool:
        return stage == self.at and (not self.only or self.only == address)

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, sender: str, _options: object
    ) -> str:
        envelope.mail_from = sender
        return self.answer if self._refuses("MAIL", "") else "250 OK"

    async def handle_RCPT(self, _server: SMTP, _session: Session, envelope: Envelope, to: str, _options: object) -> str:  # noqa: N802 - aiosmtpd's name
        if self._refuses("RCPT", to):
            return self.answer
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self._refuses("DATA", envelope.rcpt_tos[0]):
            if self.answer == "drop":
                assert isinstance(server.transport, asyncio.WriteTransport)
                server.transport.abort()
            if self.answer == "hang":
                await asyncio.sleep(30)
            return self.answer
        self.accepted.append(envelope.rcpt_tos[0])
        return "250 OK"


@contextmanager
def smtp_server(handler: object, settings: Settings) -> Iterator[None]:
    """Run a server and send Django's mail to it."""
    controller = Controller(handler, hostname=ports.LOOPBACK, port=ports.free_port())
    controller.start()
    settings.EMAIL_BACKEND = "smportal.smtp.Backend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = ports.LOOPBACK, controller.port
    try:
        yield
    finally:
        controller.stop()


@contextmanager
def raw_server(greeting: bytes, settings: Settings) -> Iterator[None]:
    """Run a server that says one line, or nothing at all, and leaves the caller hanging."""
    kept: list[socket.socket] = []
    with socket.create_server((ports.LOOPBACK, 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                kept.append(client)
                client.sendall(greeting)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        settings.EMAIL_BACKEND = "smportal.smtp.Backend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = ports.LOOPBACK, listener.getsockname()[1]
        try:
            yield
        finally:
            # Closing alone does not wake a thread that waits in accept().
            listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)
    for client in kept:
        client.close()


class Wayward(socketserver.ThreadingTCPServer):
    """A mail server by hand that goes wrong as `fault` says, at a point that a library would not let it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__((ports.LOOPBACK, 0), _Talk)
        self.fault = ""
        self.connections = 0
        # The Message-IDs of what it had in hand, whole or in part, and of what it kept, with the address each went to.
        self.seen: list[str] = []
        self.kept: list[tuple[str, str]] = []
        self.over = threading.Event()


class _Talk(socketserver.StreamRequestHandler):
    server: Wayward

    def handle(self) -> None:
        self.server.connections += 1
        if self.server.fault == "says nothing":
            self.server.over.wait(20)
            return
        # Whoever was cut off has gone in the middle of an answer.
        with suppress(OSError):
            self._say("421 4.3.2 closing" if self.server.fault == "closes" else "220 ready")
            address = ""
            while line := self.rfile.readline():
                verb = line[:4].strip().upper()
                if verb == b"RCPT":
                    address = line.decode().partition("<")[2].partition(">")[0]
                if verb == b"DATA":
                    self._say("354 go on")
                    if not self._takes(address):
                        return
                elif verb == b"RCPT" and self.server.fault == "greylists":
                    self._say("451 4.7.1 greylisted")
                else:
                    self._say("250 ok")

    def _takes(self, address: str) -> bool:
        """Read an email; tell whether the conversation goes on."""
        lines: list[bytes] = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line)
            if line.startswith(b"Message-ID:"):
                self.server.seen.append(line.decode().split()[1])
                if self.server.fault == "drops in the middle":
                    return self._hang_up()
        if self.server.fault == "refuses what it read":
            self._say("451 4.3.0 later")
            return True
        self.server.kept.append((self.server.seen[-1], address))
        if self.server.fault == "drops after the end":
            return self._hang_up()
        self._say("250 kept")
        return True

    def _hang_up(self) -> bool:
        # Without lingering, so that what is on its way is lost as well.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        return False

    def _say(self, answer: str) -> None:
        whole = f"{answer}\r\n".encode()
        if self.server.fault != "is slow":
            self.wfile.write(whole)
            return
        for byte in whole:
            self.wfile.write(bytes([byte]))
            self.server.over.wait(0.03)


@contextmanager
def wayward_server(settings: Settings) -> Iterator[Wayward]:
    """Run a server that can be told to go wrong, and send Django's mail to it."""
    with Wayward() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        settings.EMAIL_BACKEND = "smportal.smtp.Backend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address[0], server.server_address[1]
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            thread.join()
