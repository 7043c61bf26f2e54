"""SMTP with an end: Django's backend, in which no server can keep us longer than twice EMAIL_TIMEOUT at a time.

A socket's time-out starts anew with each byte, and an email takes a dozen answers. A server that gives each of them slowly,
or one byte at a time, would keep a worker past the limit of its task, and a web request for minutes.
"""

import smtplib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from django.core.mail.backends.smtp import EmailBackend

# How many time-outs all answers take together: once for greeting and sign-in, and again for each email.
_WAITS: Final = 2


class _Bounded(smtplib.SMTP):
    _ends: float

    def connect(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        self._begin()
        return super().connect(*args, **kwargs)

    def mail(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        self._begin()
        return super().mail(*args, **kwargs)

    def _begin(self) -> None:
        self._ends = time.monotonic() + _WAITS * self.timeout

    def getreply(self) -> tuple[int, bytes]:
        with _cut_off(self.sock, self._ends - time.monotonic()) as is_cut:
            try:
                return super().getreply()
            except smtplib.SMTPServerDisconnected:
                if is_cut.is_set():
                    raise smtplib.SMTPServerDisconnected("too slow") from TimeoutError()
                raise


class _BoundedTLS(_Bounded, smtplib.SMTP_SSL):
    pass


@contextmanager
def _cut_off(connection: socket.socket | None, seconds: float) -> Iterator[threading.Event]:
    """End the connection after so many seconds in which the block has not ended; the event tells that it was."""
    is_cut = threading.Event()
    if connection is None:
        yield is_cut
        return

    def cut() -> None:
        is_cut.set()
        # Below TLS: its own shutdown takes the session away from under whoever reads. Closed just now is as good.
        with suppress(OSError):
            socket.socket.shutdown(connection, socket.SHUT_RDWR)

    timer = threading.Timer(max(seconds, 0), cut)
    timer.daemon = True
    timer.start()
    try:
        yield is_cut
    finally:
        timer.cancel()


class Backend(EmailBackend):
    """Django's SMTP backend over connections that end."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _BoundedTLS if self.use_ssl else _Bounded
