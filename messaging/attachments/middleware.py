"""Decides where the files of a request go, before anything reads its body."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import Resolver404, resolve
from django.utils.translation import gettext_lazy as _

from messaging.attachments.limits import REQUEST_MOST
from messaging.attachments.uploads import SealingHandler
from smportal.actor import ActorKind
from smportal.public import errors

# The forms that take files; everywhere else they are dropped (FILE_UPLOAD_HANDLERS).
FORMS: Final = frozenset({"compose", "mailbox_reply", "team_reply", "team_start_write", "team_broadcast"})
# What the page's script sends one file to.
LISTS: Final = frozenset({"draft_files", "reply_files", "team_reply_files", "team_start_files"})
SIGNED_OUT: Final = _("You’re signed out, so this file wasn’t added. Sign in again, then add it.")


class UploadMiddleware:
    """Stands after the actor is known: a file of somebody who is not signed in is never stored."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST" or request.content_type != "multipart/form-data":
            return self.get_response(request)
        if _length(request) > REQUEST_MOST:
            return errors.too_large(request)
        if request.actor.kind is ActorKind.ANONYMOUS or _view_name(request) not in FORMS | LISTS:  # type: ignore[attr-defined]
            return self.get_response(request)
        handler = SealingHandler(request)
        request.upload_handlers = [handler]
        try:
            return self.get_response(request)
        finally:
            handler.sweep()

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Tell a script that its session has ended, which a redirect to the sign-in page would not.

        The body has been read by now, for the token against forged requests: an answer before that is
        lost, because the browser is still sending.
        """
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name in LISTS and request.method == "POST" and request.actor.kind is ActorKind.ANONYMOUS:  # type: ignore[attr-defined]
            return JsonResponse({"text": SIGNED_OUT}, status=HTTPStatus.UNAUTHORIZED)
        return None


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
