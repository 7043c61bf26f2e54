"""Refuses input that no form could have meant, before any view sees it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})


def _is_unusable(value: str) -> bool:
    """NUL cannot be stored; a lone surrogate cannot be encoded."""
    return "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value)


class InputMiddleware:
    """405 for methods that the portal never serves, 413/400 for encoded or unusable input."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        from smportal.public import errors

        if request.method not in METHODS or request.method == "OPTIONS":
            return errors.method_not_allowed(request)
        if request.headers.get("Content-Encoding", "identity") != "identity":
            return errors.bad_request(request)
        if "\x00" in request.path or any(_is_unusable(value) for values in request.GET.lists() for value in values[1]):
            return errors.bad_request(request)
        return self.get_response(request)
