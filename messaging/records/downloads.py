"""Files that leave the portal: never shown in the page's place, never run."""

from collections.abc import Iterable

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

POLICY = "default-src 'none'; sandbox"


def download(content: bytes, *, name: str, content_type: str) -> HttpResponse:
    """Return a file to save. `name` is ours: letters, digits, dots and dashes."""
    response = HttpResponse(content, content_type=_typed(content_type))
    _harden(response, name)
    return response


def streamed(chunks: Iterable[bytes], *, name: str, content_type: str) -> StreamingHttpResponse:
    """Return a file to save that is made while it is sent. Not compressed on the way: that would hold it up."""
    response = StreamingHttpResponse(chunks, content_type=_typed(content_type))
    response.headers["Content-Encoding"] = "identity"
    _harden(response, name)
    return response


def _typed(content_type: str) -> str:
    return f"{content_type}; charset=utf-8" if content_type.startswith("text/") else content_type


def _harden(response: HttpResponseBase, name: str) -> None:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = POLICY
