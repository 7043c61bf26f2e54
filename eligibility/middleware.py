"""Builds `request.actor` once: who acts in this request, as ids."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django_guid import get_guid

from smportal.actor import Actor


class ActorMiddleware:
    """Sets `request.actor`; every view passes it on explicitly."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = Actor.anonymous(request_id=get_guid() or "")  # type: ignore[attr-defined]
        return self.get_response(request)
