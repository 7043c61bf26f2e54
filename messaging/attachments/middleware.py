"""Decides where the files of a request go, before anything reads its body."""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from messaging.attachments.limits import REQUEST_MOST
from messaging.attachments.uploads import SealingHandler
from smportal.actor import ActorKind
from smportal.public import errors

# The forms that take files; everywhere else they are dropped (FILE_UPLOAD_HANDLERS).
TAKING: Final = frozenset({"compose", "mailbox_reply", "team_reply", "team_start_write"})


class UploadMiddleware:
    """Stands after the actor is known: a file of somebody who is not signed in is never stored."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST" or request.content_type != "multipart/form-data":
            return self.get_response(request)
        if _length(request) > REQUEST_MOST:
            return errors.too_large(request)
        if request.actor.kind is ActorKind.ANONYMOUS or _view_name(request) not in TAKING:  # type: ignore[attr-defined]
            return self.get_response(request)
        handler = SealingHandler(request)
        request.upload_handlers = [handler]
        try:
            return self.get_response(request)
        finally:
            handler.sweep()


def _length(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _view_name(request: HttpRequest) -> str:
    try:
        return resolve(request.path_info).view_name
    except Resolver404:
        return ""
