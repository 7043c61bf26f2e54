"""The files of an unsent text, for the page's script: added one by one, taken out, and how each of them stands.

Adding and removing is activity, so it extends the session; asking by the page alone is not (X-Portal-Polling).
"""

import uuid

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

from accounts import sessions
from messaging.attachments import actions, queries
from messaging.attachments.baskets import Basket, basket_of
from messaging.attachments.web import REMOVE, arrived, uuid_or_none
from messaging.web import actor_of, domain_errors
from smportal.actor import Actor, ActorKind
from smportal.errors import NotFound

KEY, FILE = "key", "file"
# More files than a page has that wait.
STATES_MOST = 100


def files(request: HttpRequest, draft_id: uuid.UUID, conversation_id: uuid.UUID | None = None) -> HttpResponse:
    """Answer the list as it is now; a POST adds the file that came, or takes one out, first."""
    actor = actor_of(request)
    try:
        basket = basket_of(actor, draft_id, conversation_id)
        if request.method == "POST":
            _change(request, actor, basket)
    except NotFound as error:
        return JsonResponse({"text": error.text}, status=404)
    facts = request.session_facts  # type: ignore[attr-defined]
    answer = {
        "files": [_item(request, file) for file in queries.in_basket(basket)],
        "remaining_seconds": sessions.remaining_seconds(facts, actor),
    }
    return JsonResponse(answer)


@domain_errors
def states(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Answer how files under the messages of a page stand; their names are not in it."""
    actor = actor_of(request)
    asked = {file_id for value in request.GET.getlist(FILE)[:STATES_MOST] if (file_id := uuid_or_none(value))}
    found = queries.states(actor, conversation_id, asked)
    return JsonResponse({"files": [_state(request, file, staff=actor.kind is ActorKind.STAFF) for file in found]})


def _state(request: HttpRequest, file: queries.FileInfo, *, staff: bool) -> dict[str, str]:
    context = {"file": file, "staff": staff}
    return {
        "id": str(file.id),
        "state": file.state,
        "text": file.state_text,
        "html": render_to_string("messaging/attachments/sent_item.html", context, request=request),
    }


def _change(request: HttpRequest, actor: Actor, basket: Basket) -> None:
    gone = uuid_or_none(request.POST.get(REMOVE, ""))
    if gone is not None:
        actions.remove(actor=actor, basket=basket, file_id=gone)
    key = uuid_or_none(request.POST.get(KEY, ""))
    for upload in arrived(request)[:1]:
        actions.add(actor=actor, basket=basket, upload=upload, key=key)


def _item(request: HttpRequest, file: queries.FileInfo) -> dict[str, str]:
    return {
        "id": str(file.id),
        "key": str(file.key or ""),
        "state": file.state,
        "html": render_to_string("messaging/attachments/item.html", {"file": file}, request=request),
    }
