"""Starting a conversation: find the veteran, write, send."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from messaging.attachments.web import receive
from messaging.inbox.desk import Desk, desk_of
from messaging.inbox.views import queue_links
from messaging.mailbox import tickets
from messaging.mailbox.autosave import problem, saved
from messaging.mailbox.drafts import DraftChangedElsewhere
from messaging.models import Message
from messaging.placing import LOOKING, Kind, Place
from messaging.reply_templates.picking import inserted
from messaging.starting import actions, drafts, finding
from messaging.starting.forms import FindForm, StartForm
from messaging.starting.queries import Begun, begun
from messaging.web import actor_of, changed, chosen_zone, domain_errors, show_error
from smportal.actor import Actor
from smportal.errors import Conflict, DomainError, NotFound

OVERWRITE = "overwrite"


@domain_errors
def find(request: HttpRequest) -> HttpResponse:
    """Find the veteran; what is typed is posted, so that no address carries a name."""
    desk = desk_of(actor_of(request), zone=chosen_zone(request))
    teams = [(str(team_id), own_team.name) for team_id, own_team in desk.teams.items()]
    form = FindForm(request.POST if request.method == "POST" else None, teams=teams)
    if request.method != "POST":
        return _find_page(request, desk, form)
    if not form.is_valid():
        return _find_page(request, desk, form, status=400)
    team_id, chosen = form.cleaned_data["team"], form.cleaned_data["record"]
    if chosen and "choose" in request.POST:
        return redirect("team_start_write", drafts.begin(actor=desk.actor, team_id=team_id, record_id=chosen).id)
    try:
        found = finding.find(desk, team_id=team_id, typed=form.cleaned_data["find"])
    except DomainError as error:
        return _find_page(request, desk, form, status=show_error(form, error))
    if "choose" in request.POST:
        form.add_error("record", "Choose a veteran")
    return _find_page(request, desk, form, status=400 if form.errors else 200, found=found)


def _find_page(request: HttpRequest, desk: Desk, form: FindForm, *, status: int = 200, **more: Any) -> HttpResponse:
    context = {
        "form": form,
        "unfinished": drafts.unfinished(desk.actor),
        "queues": queue_links(desk, None),
        **more,
    }
    return render(request, "messaging/starting/find.html", context, status=status)


@domain_errors
def write(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Write to the veteran. A POST is Save draft, Send, or something about files."""
    actor = actor_of(request)
    if request.method == "POST":
        return _posted(request, actor, draft_id)
    try:
        shown = begun(actor, draft_id)
    except NotFound:
        if (sent := drafts.sent_from(actor, draft_id)) is None:
            raise
        return redirect("team_conversation", sent.conversation_id)
    initial = {"draft_id": draft_id, "version": shown.draft.version, **StartForm.initial_of(shown.content)}
    return _write_page(request, draft_id, StartForm(initial=initial), shown=shown)


def _posted(request: HttpRequest, actor: Actor, draft_id: uuid.UUID) -> HttpResponse:
    if request.POST.get("templates") == "insert":
        receive(request)
        typed = inserted(actor, Place(draft_id, Kind.START), request.POST)
        return _write_page(request, draft_id, StartForm(typed or request.POST), status=200 if typed else 404)
    form, received = StartForm(request.POST), receive(request)
    if LOOKING & set(request.POST):
        return _write_page(request, draft_id, form, status=400 if received.any_refused else 200)
    if not form.is_valid() or form.key()[0] != draft_id or ("send" in request.POST and received.any_refused):
        return _write_page(request, draft_id, form, status=400)
    try:
        if "send" in request.POST:
            return _sent(request, _start(actor, form, received.ids))
        version = None if OVERWRITE in request.POST else form.key()[1]
        drafts.save_draft(actor=actor, draft_id=draft_id, version=version, content=form.content())
    except DomainError as error:
        status = show_error(form, error)
        _refresh(request, form)
        return _write_page(request, draft_id, form, status=status, conflict=isinstance(error, DraftChangedElsewhere))
    if received.any_refused:
        _refresh(request, form)
        return _write_page(request, draft_id, form, status=400)
    messages.success(request, "Your draft is saved.")
    return redirect("team_start_write", draft_id)


def _start(actor: Actor, form: StartForm, file_ids: tuple[uuid.UUID, ...]) -> Message:
    draft_id, version = form.key()
    return actions.start(actor=actor, draft_id=draft_id, content=form.content(), version=version, file_ids=file_ids)


def _refresh(request: HttpRequest, form: StartForm) -> None:
    """Show the version that was kept meanwhile, so that the next try is not a conflict."""
    if draft := drafts.own_draft(actor_of(request), form.cleaned_data["draft_id"]):
        form.data = changed(request.POST, version=str(draft.version))


def _sent(request: HttpRequest, message: Message) -> HttpResponse:
    messages.success(request, "Your message was sent. The veteran’s answer will be assigned to you.")
    return redirect("team_conversation", message.conversation_id)


def _write_page(
    request: HttpRequest,
    draft_id: uuid.UUID,
    form: StartForm,
    *,
    shown: Begun | None = None,
    status: int = 200,
    conflict: bool = False,
) -> HttpResponse:
    actor = actor_of(request)
    to = shown or _still(actor, draft_id)
    context: dict[str, Any] = {
        "draft_id": draft_id,
        "place": Place(draft_id, Kind.START),
        "form": form,
        "to": to,
        "listed": to is not None,
        "conflict": conflict,
        "is_saved": bool(form["body"].value()),
        "ticket": tickets.issue(request, draft_id),
        "autosave_url": reverse("autosave_team_start"),
        "queues": queue_links(desk_of(actor, zone=chosen_zone(request)), None),
    }
    return render(request, "messaging/starting/write.html", context, status=status)


def _still(actor: Actor, draft_id: uuid.UUID) -> Begun | None:
    """Return whom the text is for; nothing where it was sent, or to somebody who left the team: the text comes back."""
    try:
        return begun(actor, draft_id)
    except NotFound:
        if drafts.own_draft(actor, draft_id) is None and drafts.sent_from(actor, draft_id) is None:
            raise
        return None


@domain_errors
def discard(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Delete the draft."""
    drafts.delete(actor=actor_of(request), draft_id=draft_id)
    messages.success(request, "Your draft is deleted.")
    return redirect("team_start")


def autosave(request: HttpRequest) -> HttpResponse:
    """Keep the draft while it is typed: a small JSON answer for the page's script, as for the veteran's drafts."""
    form = StartForm(request.POST)
    if not form.is_valid():
        field, errors = next(iter(form.errors.items()))
        return problem(400, str(errors[0]), field)
    draft_id, version = form.key()
    url = reverse("team_start_write", args=[draft_id])
    try:
        draft = drafts.save_draft(actor=actor_of(request), draft_id=draft_id, version=version, content=form.content())
    except Conflict as error:
        return problem(409, error.text, code=error.code, other_url=url)
    except NotFound as error:
        return problem(404, error.text)
    except DomainError as error:
        return problem(400, error.text, error.field)
    return JsonResponse(saved(request, draft, draft_id, None, url))
