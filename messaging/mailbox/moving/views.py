"""Moving conversations and marking them: from a list, several at once, and from inside one."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging.mailbox.lists.state import ListState
from messaging.mailbox.lists.views import shown
from messaging.mailbox.moving import actions, notice
from messaging.mailbox.moving.spots import INBOX, TRASH, Spot, parsed_id
from messaging.web import actor_of, domain_errors
from smportal.actor import Actor
from smportal.errors import InvalidInput, NotFound

MOVES = {"trash": TRASH, "inbox": INBOX}
MARKS = {"read": True, "unread": False}


@domain_errors
def selected(request: HttpRequest) -> HttpResponse:
    """Do one thing with every selected conversation of a list, or say beside the buttons why not."""
    state = ListState.posted(request.POST.get("list", ""), request.POST.get("query", ""))
    ids = [parsed_id(value) for value in request.POST.getlist("conversation")]
    try:
        actions.check_number(ids)
        _act(request, actor_of(request), ids, request.POST.get("do", ""))
    except InvalidInput as invalid:
        return shown(request, state, error=invalid.text, picked=ids)
    return redirect(state.here())


def _act(request: HttpRequest, actor: Actor, ids: list[uuid.UUID], deed: str) -> None:
    if deed in MARKS:
        actions.set_read(actor=actor, conversation_ids=ids, read=MARKS[deed])
        messages.success(request, _marked(len(set(ids)), read=MARKS[deed]))
        return
    if deed != "move" and deed not in MOVES:
        raise NotFound
    _move(request, actor, ids, MOVES.get(deed) or _chosen(request))


def _chosen(request: HttpRequest) -> Spot:
    target = request.POST.get("target", "")
    if not target:
        raise InvalidInput(_("Choose where to move the selected conversations"), code="empty", field="target")
    return Spot.parse(target)


def _move(request: HttpRequest, actor: Actor, ids: list[uuid.UUID], target: Spot) -> None:
    moved = actions.move(actor=actor, conversation_ids=ids, target=target)
    if moved:
        notice.offer(request, moved)
    else:
        messages.info(request, _("Nothing moved: it was there already."))


def _marked(count: int, *, read: bool) -> str:
    if read:
        text = ngettext("Marked %(count)d conversation as read.", "Marked %(count)d conversations as read.", count)
    else:
        text = ngettext("Marked %(count)d conversation as unread.", "Marked %(count)d conversations as unread.", count)
    return text % {"count": count}


@domain_errors
def move(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Move the conversation that is open, and go on where it lay."""
    actor = actor_of(request)
    before = actions.own_spot(actor, conversation_id)
    try:
        _move(request, actor, [conversation_id], MOVES.get(request.POST.get("do", "")) or _chosen(request))
    except InvalidInput as invalid:
        messages.error(request, invalid.text)
        return redirect("mailbox_conversation", conversation_id)
    return redirect(ListState(str(before)).path)


@domain_errors
def mark_unread(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Mark the conversation that is open as unread, and go back to where it lies."""
    actor = actor_of(request)
    actions.set_read(actor=actor, conversation_ids=[conversation_id], read=False)
    messages.success(request, _("Marked as unread."))
    return redirect(ListState(str(actions.own_spot(actor, conversation_id))).path)


@domain_errors
def undo(request: HttpRequest) -> HttpResponse:
    """Take back the last move. What was moved again since stays."""
    state = ListState.came_from(request) or ListState("inbox")
    try:
        moved = notice.taken_back(request, request.POST.get("token", ""))
    except NotFound:
        messages.info(request, _("There is nothing to undo any more."))
        return redirect(state.here())
    count = actions.undo(actor=actor_of(request), moved=moved)
    text = ngettext("Put %(count)d conversation back.", "Put %(count)d conversations back.", count)
    messages.success(request, text % {"count": count})
    return redirect(state.here())
