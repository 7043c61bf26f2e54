"""A request whose connection is lost half way is no shorter request.

gunicorn hands out what came and then an end; Django takes a form that stops in the middle for a whole one:
half a file would be added, half a text saved. Here the end that came too early is an error of reading instead,
which Django treats as the broken connection that it is: no token against forged requests, so nothing is done.
"""

from collections.abc import Callable, Iterable
from typing import Any, BinaryIO

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class BodyCutShort(OSError):
    """The connection ended before the announced length had come."""


class WholeBody:
    """What the server offers as `wsgi.input`, with an end that must be where the length says."""

    def __init__(self, source: BinaryIO, length: int) -> None:
        self._source, self._left = source, length

    def read(self, size: int = -1) -> bytes:
        """Return `size` bytes, or all that are left. Raises BodyCutShort."""
        wanted = self._left if size < 0 else min(size, self._left)
        data = b""
        while len(data) < wanted:
            data += self._piece(self._source.read(wanted - len(data)))
        return data

    def readline(self, size: int = -1) -> bytes:
        """Return one line, as much of it as `size` allows. Raises BodyCutShort."""
        return self._piece(self._source.readline(size)) if self._left and size else b""

    def _piece(self, data: bytes) -> bytes:
        if not data:
            raise BodyCutShort
        self._left -= len(data)
        return data


def whole_bodies(application: Application) -> Application:
    """Return the application, which then never takes the part of a request that came for the whole."""

    def checked(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH") or ""
        if length.isdecimal():
            environ["wsgi.input"] = WholeBody(environ["wsgi.input"], int(length))
        return application(environ, start_response)

    return checked
