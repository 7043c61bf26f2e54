"""Mail servers that misbehave on purpose: real ones, on a port of their own."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

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
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
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
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = ports.LOOPBACK, listener.getsockname()[1]
        try:
            yield
        finally:
            # Closing alone does not wake a thread that waits in accept().
            listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)
    for client in kept:
        client.close()
