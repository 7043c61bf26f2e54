"""Several conversations of a queue at once: first what will happen to how many, then the deed."""

import enum
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from messaging.inbox import bulk, queries
from messaging.inbox.desk import desk_of
from messaging.inbox.forms import AssignForm, CompleteForm, HandOverForm, HandOverKey
from messaging.inbox.queries import Queue
from messaging.inbox.state import QueueState
from messaging.inbox.views import queue_links
from messaging.models import Conversation
from messaging.web import actor_of, chosen_zone, domain_errors, show_error
from smportal.errors import DomainError, InvalidInput, NotFound

CONFIRMED = "confirmed"


class Deed(enum.StrEnum):
    """What can be done to several at once; the value is the button's."""

    ASSIGN = "assign"
    COMPLETE = "complete"
    HAND_OVER = "hand-over"


TITLES = {Deed.ASSIGN: "Assign", Deed.COMPLETE: "Complete", Deed.HAND_OVER: "Hand over"}
DONE = {Deed.ASSIGN: "Assigned", Deed.COMPLETE: "Completed", Deed.HAND_OVER: "Handed over"}


@domain_errors
def selected(request: HttpRequest) -> HttpResponse:
    """Ask, with the number of conversations named; do it once that is confirmed."""
    state, deed, ids = _posted(request)
    if deed is Deed.HAND_OVER and (given := _given_already(request, ids)):
        return _said(request, state, deed, given)
    try:
        conversations = bulk.chosen(actor_of(request), ids)
    except InvalidInput as nothing:
        messages.error(request, nothing.text)
        return redirect(state.here())
    form = _form(deed, conversations, request if CONFIRMED in request.POST else None)
    status = 200
    if form.is_bound:
        status = 400
        if form.is_valid():
            try:
                return _done(request, state, deed, ids, form)
            except DomainError as error:
                status = show_error(form, error)
    return _page(request, state, deed, conversations, form, status)


def _posted(request: HttpRequest) -> tuple[QueueState, Deed, list[uuid.UUID]]:
    """Return what the form says. Raises NotFound for what no page of ours posts."""
    try:
        queue, deed = Queue(request.POST.get("queue", "")), Deed(request.POST.get("deed", ""))
        ids = [uuid.UUID(value) for value in request.POST.getlist("conversation")]
    except ValueError:
        raise NotFound from None
    # The queue as it was narrowed and paged: that is where the deed leads back to.
    return QueueState.posted(queue, request.POST.get("query", "")), deed, ids


def _given_already(request: HttpRequest, ids: list[uuid.UUID]) -> int:
    """Return how many the same form has handed over: posted again, it is no longer about this team's."""
    form = HandOverKey(request.POST)
    if CONFIRMED not in request.POST or not form.is_valid():
        return 0
    return bulk.handed_over(actor_of(request), ids, form.cleaned_data["key"])


def _form(deed: Deed, conversations: Sequence[Conversation], request: HttpRequest | None) -> Form:
    data = request.POST if request else None
    match deed:
        case Deed.ASSIGN:
            return AssignForm(data, members=bulk.members_of_all(conversations))
        case Deed.COMPLETE:
            return CompleteForm(data)
        case Deed.HAND_OVER:
            return HandOverForm(data, teams=bulk.destinations_of_all(conversations), initial={"key": uuid.uuid4()})


def _done(request: HttpRequest, state: QueueState, deed: Deed, ids: list[uuid.UUID], form: Form) -> HttpResponse:
    actor, data = actor_of(request), form.cleaned_data
    deeds: dict[Deed, Callable[[], int]] = {
        Deed.ASSIGN: lambda: bulk.assign_all(actor=actor, conversation_ids=ids, staff_id=data["staff"]),
        Deed.COMPLETE: lambda: bulk.complete_all(actor=actor, conversation_ids=ids, outcome=data["outcome"]),
        Deed.HAND_OVER: lambda: bulk.hand_over_all(
            actor=actor, conversation_ids=ids, team_id=data["team"], key=data["key"], note=data["note"]
        ),
    }
    return _said(request, state, deed, deeds[deed]())


def _said(request: HttpRequest, state: QueueState, deed: Deed, count: int) -> HttpResponse:
    messages.success(request, f"{DONE[deed]}: {counted(count)}.")
    return redirect(state.here())


def _page(
    request: HttpRequest, state: QueueState, deed: Deed, conversations: Sequence[Conversation], form: Form, status: int
) -> HttpResponse:
    desk = desk_of(actor_of(request), zone=chosen_zone(request))
    context: dict[str, Any] = {
        "heading": f"{TITLES[deed]} {counted(len(conversations))}",
        "form": form,
        "deed": deed.value,
        "queue": state.queue.value,
        "query": request.POST.get("query", ""),
        "queue_url": state.here(),
        "rows": queries.shown_rows(desk, [conversation.id for conversation in conversations]),
        "queues": queue_links(desk, state.queue),
    }
    return render(request, "messaging/inbox/selected.html", context, status=status)


def counted(count: int) -> str:
    """Return "1 conversation" or "12 conversations"."""
    return "1 conversation" if count == 1 else f"{count} conversations"
