"""One bounded request to a sign-in service: time, size and redirects are ours to limit, not theirs."""

import contextlib
import http.client
import json
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings

from accounts.oidc.problems import unavailable

TIMEOUT_SECONDS = 5.0
MOST_BYTES = 256 * 1024
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1"})


def get(url: str, *, headers: Mapping[str, str] | None = None) -> bytes:
    """Return the body of a successful answer. Raises SignInProblem (unavailable) for anything else."""
    return _request("GET", url, None, {"Accept": "application/json", **(headers or {})})


def post_form(url: str, form: Mapping[str, str], *, headers: Mapping[str, str] | None = None) -> bytes:
    """Post a form and return the body of a successful answer. Raises like `get`."""
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    return _request("POST", url, urlencode(form).encode(), {**kind, **(headers or {})})


def parse_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in a body. Raises SignInProblem (unavailable) when there is none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise unavailable("not_json") from None
    if not isinstance(found, dict):
        raise unavailable("not_an_object")
    return found


def is_allowed(url: str) -> bool:
    """Tell whether an address may be used: https, or this machine where the settings allow a sandbox."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it is what checks it
    except ValueError:
        return False
    if not parts.hostname or parts.username is not None or parts.fragment or not url.isascii() or " " in url:
        return False
    return parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in LOCAL_HOSTS and settings.OIDC_ALLOW_LOCAL_HTTP
    )


def _request(method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> bytes:
    if not is_allowed(url):
        raise unavailable("address_not_allowed")
    parts = urlsplit(url)
    connection = _connection(parts.scheme, parts.hostname or "", parts.port)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        with _cut_off(connection):
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            # Redirects are not followed: no service needs one here, and it could lead anywhere.
            if answer.status != http.client.OK:
                raise unavailable(f"status_{answer.status}")
            content = answer.read(MOST_BYTES + 1)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise unavailable(type(error).__name__) from None
    if len(content) > MOST_BYTES:
        raise unavailable("too_long")
    return content


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=TIMEOUT_SECONDS, context=context)
    return http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)


@contextlib.contextmanager
def _cut_off(connection: http.client.HTTPConnection) -> Iterator[None]:
    """Connect, and end the connection TIMEOUT_SECONDS later: a socket's own timeout starts anew with every byte."""
    connection.connect()
    # Kept here, since http.client lets go of it once the headers of a last answer are read.
    used = connection.sock

    def end() -> None:
        with contextlib.suppress(OSError):
            used.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(TIMEOUT_SECONDS, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        connection.close()
