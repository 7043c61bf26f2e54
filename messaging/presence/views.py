"""The beat of a page that shows a conversation. Asked by the page alone, so it never extends a session."""

import uuid

from django.http import HttpRequest, JsonResponse

from messaging.presence import queries
from messaging.web import actor_of
from smportal.errors import NotFound


def presence(request: HttpRequest, conversation_id: uuid.UUID) -> JsonResponse:
    """Say that the reader is there, and who else is."""
    try:
        found = queries.present(actor_of(request), conversation_id, writing=request.POST.get("writing") == "1")
    except NotFound as error:
        return JsonResponse({"text": error.text}, status=404)
    return JsonResponse({"text": found.text, "known": found.is_known})
