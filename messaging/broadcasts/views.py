"""One text to many veterans: write it, see who can get it, confirm the number, watch it go out."""

import uuid
from collections.abc import Sequence
from typing import Any, cast

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from messaging.attachments.uploads import SealedUpload
from messaging.broadcasts import actions, queries
from messaging.broadcasts.content import content_of
from messaging.broadcasts.forms import BeginForm, BroadcastForm, ConfirmForm
from messaging.broadcasts.permissions import check_leads
from messaging.broadcasts.spreadsheet import as_csv
from messaging.inbox.desk import desk_of
from messaging.inbox.views import queue_links
from messaging.mailbox import tickets
from messaging.mailbox.autosave import Saved, problem, saved_answer
from messaging.mailbox.drafts import DraftChangedElsewhere
from messaging.models import Broadcast, BroadcastState, RecipientState
from messaging.placing import LOOKING, Kind, Place
from messaging.reply_templates.picking import inserted
from messaging.web import actor_of, changed, chosen_zone, cursor_of, domain_errors, is_prefetch, page_urls, show_error
from smportal.errors import Conflict, DomainError, InvalidInput, NotFound

UPLOADED_MOST = 1_000_000
OVERWRITE = "overwrite"


@domain_errors
def begin(request: HttpRequest) -> HttpResponse:
    """The texts of the teams that one leads; a POST begins another."""
    actor = actor_of(request)
    check_leads(actor)
    form = BeginForm(request.POST if request.method == "POST" else None, teams=queries.led_teams(actor))
    if request.method == "POST" and form.is_valid():
        return redirect("team_broadcast", actions.begin(actor=actor, team_id=uuid.UUID(form.cleaned_data["team"])).id)
    page = queries.listed(actor, cursor_of(request), zone=chosen_zone(request))
    context = {"form": form, "broadcasts": page.rows, **page_urls(request, reverse("team_broadcasts"), page)}
    return _render(request, "list.html", context, status=400 if form.errors else 200)


@domain_errors
def broadcast(request: HttpRequest, broadcast_id: uuid.UUID) -> HttpResponse:
    """One text, as it stands: to be written, checked, confirmed, watched, or looked at afterwards."""
    if is_prefetch(request):
        return HttpResponse(status=204)
    found = queries.found(actor_of(request), broadcast_id)
    if request.method == "POST":
        return _posted(request, found)
    return _page(request, found)


def _posted(request: HttpRequest, found: Broadcast) -> HttpResponse:
    actor, here = actor_of(request), redirect("team_broadcast", found.id)
    if "send" in request.POST:
        return _confirmed(request, found)
    if "stop" in request.POST:
        actions.stop(actor=actor, broadcast_id=found.id)
        messages.success(request, "Stopped. Nobody else gets it.")
        return here
    if "edit" in request.POST:
        actions.edit(actor=actor, broadcast_id=found.id)
        return here
    if "delete" in request.POST:
        actions.delete(actor=actor, broadcast_id=found.id)
        messages.success(request, "The message is deleted.")
        return redirect("team_broadcasts")
    return _written(request, found)


def _written(request: HttpRequest, found: Broadcast) -> HttpResponse:
    facilities = queries.facilities_of(found.team_id)
    if LOOKING & set(request.POST):
        return _looked(request, found, facilities)
    form = BroadcastForm(request.POST, facilities=facilities)
    if not form.is_valid():
        return _write_page(request, found, form, status=400)
    actor, version = actor_of(request), None if OVERWRITE in request.POST else form.key()[1]
    try:
        content = form.content(_uploaded(request))
        draft = actions.save_draft(actor=actor, broadcast_id=found.id, version=version, content=content)
        form.data = changed(request.POST, version=str(draft.version), icns=content.icns or "")
        if "check" in request.POST:
            actions.check(actor=actor, broadcast_id=found.id)
    except DomainError as error:
        status = show_error(form, error)
        return _write_page(request, found, form, status=status, conflict=isinstance(error, DraftChangedElsewhere))
    if "check" not in request.POST:
        messages.success(request, "Your draft is saved.")
    return redirect("team_broadcast", found.id)


def _looked(request: HttpRequest, found: Broadcast, facilities: Sequence[tuple[str, str]]) -> HttpResponse:
    """Bring the page back with a list of templates or links, or with a template below the text; nothing is saved."""
    try:
        uploaded = _uploaded(request)
    except InvalidInput as error:
        form = BroadcastForm(request.POST, facilities=facilities)
        return _write_page(request, found, form, status=show_error(form, error))
    typed = request.POST if uploaded is None else changed(request.POST, icns=uploaded)
    if request.POST.get("templates") == "insert":
        typed = inserted(actor_of(request), Place(found.id, Kind.MANY), typed) or typed
    return _write_page(request, found, BroadcastForm(typed, facilities=facilities))


def _uploaded(request: HttpRequest) -> str | None:
    """Return the text of an uploaded list, None without one. Raises InvalidInput for what is no text of a list."""
    upload = request.FILES.get("upload")
    if not isinstance(upload, SealedUpload) or not upload.size:
        return None
    if upload.refusal or upload.size > UPLOADED_MOST:
        raise InvalidInput("This file is too large for a list.", code="too_large", field="icns")
    try:
        return b"".join(upload.reader().pieces()).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput(
            "This file is no plain text. Save the list as CSV or text (UTF-8), or paste it.",
            code="no_text",
            field="icns",
        ) from None


def _confirmed(request: HttpRequest, found: Broadcast) -> HttpResponse:
    form = ConfirmForm(request.POST, number=queries.counts(found).pending)
    if not form.is_valid():
        return _page(request, found, form=form, status=400)
    try:
        actions.confirm(actor=actor_of(request), broadcast_id=found.id, count=form.cleaned_data["count"])
    except DomainError as error:
        fresh = ConfirmForm(request.POST, number=queries.counts(found).pending)
        return _page(request, found, form=fresh, status=show_error(fresh, error))
    return redirect("team_broadcast", found.id)


def _page(request: HttpRequest, found: Broadcast, *, form: Form | None = None, status: int = 200) -> HttpResponse:
    actor = actor_of(request)
    if found.state == BroadcastState.DRAFT:
        initial = {
            "draft_id": found.id,
            "version": found.version,
            **BroadcastForm.initial_of(content_of(found)),
        }
        facilities = queries.facilities_of(found.team_id)
        return _write_page(request, found, BroadcastForm(initial=initial, facilities=facilities))
    counts = queries.counts(found)
    context: dict[str, Any] = {
        "broadcast": found,
        "text": content_of(found),
        "cards": queries.cards_of(found),
        "counts": counts,
        "progress": queries.progress(found, counts),
        "is_author": found.author_id == actor.account_id,
        "confirmed": queries.when(found, found.confirmed_at, chosen_zone(request)),
        "ended": queries.when(found, found.ended_at, chosen_zone(request)),
    }
    if found.state == BroadcastState.READY:
        context["form"] = form or ConfirmForm(initial={"count": counts.pending}, number=counts.pending)
        context["left_out"] = queries.lines(actor, found, RecipientState.LEFT_OUT)
        return _render(request, "review.html", context, status=status)
    if not context["progress"].is_running:
        context |= _lists(request, found)
    return _render(request, "progress.html", context, status=status)


def _lists(request: HttpRequest, found: Broadcast) -> dict[str, Any]:
    """Return who got it and who did not, from where the page's links say."""
    actor, after = actor_of(request), {"sent": -1, "out": -1}
    for name in after:
        typed = request.GET.get(name, "")
        if typed.isascii() and typed.isdigit() and len(typed) < 8:
            after[name] = int(typed)
    sent = queries.lines(actor, found, RecipientState.SENT, after=after["sent"])
    left_out = queries.lines(actor, found, RecipientState.LEFT_OUT, after=after["out"])
    here = reverse("team_broadcast", args=[found.id])
    full = queries.ROWS
    return {
        "sent": sent,
        "left_out": left_out,
        "more_sent": f"{here}?sent={sent[-1].position}#got" if len(sent) == full else "",
        "more_left_out": f"{here}?out={left_out[-1].position}#left-out" if len(left_out) == full else "",
    }


def _write_page(
    request: HttpRequest, found: Broadcast, form: BroadcastForm, *, status: int = 200, conflict: bool = False
) -> HttpResponse:
    context = {
        "broadcast": found,
        "form": form,
        "place": Place(found.id, Kind.MANY),
        "conflict": conflict,
        "listed": True,
        "is_saved": found.version > 1,
        "ticket": tickets.issue(request, found.id),
        "autosave_url": reverse("autosave_broadcast", args=[found.id]),
    }
    return _render(request, "write.html", context, status=status)


def _render(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    desk = desk_of(actor_of(request), zone=chosen_zone(request))
    context["queues"] = queue_links(desk, None)
    return render(request, f"messaging/broadcasts/{template}", context, status=status)


@domain_errors
def progress(request: HttpRequest, broadcast_id: uuid.UUID) -> HttpResponse:
    """Tell the page's script how far it is; asking keeps no session alive."""
    found = queries.found(actor_of(request), broadcast_id)
    so_far = queries.progress(found, queries.counts(found))
    state = "making" if so_far.is_running else so_far.state
    return JsonResponse({"state": state, "done": so_far.done, "step": so_far.done})


@domain_errors
def result(request: HttpRequest, broadcast_id: uuid.UUID) -> HttpResponse:
    """Who got it and who did not, as a file."""
    actor = actor_of(request)
    pieces = as_csv(actor, queries.found(actor, broadcast_id))
    headers = {"Content-Disposition": 'attachment; filename="result.csv"'}
    streaming = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8", headers=headers)
    # Both are responses to Django; only its types tell them apart.
    return cast("HttpResponse", streaming)


def autosave(request: HttpRequest, broadcast_id: uuid.UUID) -> HttpResponse:
    """Keep the draft while it is typed, as for the veteran's drafts."""
    actor = actor_of(request)
    try:
        found = queries.found(actor, broadcast_id)
        form = BroadcastForm(request.POST, facilities=queries.facilities_of(found.team_id))
        if not form.is_valid():
            field, errors = next(iter(form.errors.items()))
            return problem(400, str(errors[0]), field)
        draft = actions.save_draft(
            actor=actor, broadcast_id=broadcast_id, version=form.key()[1], content=form.content()
        )
    except Conflict as error:
        other = reverse("team_broadcast", args=[broadcast_id])
        return problem(409, error.text, code=error.code, other_url=other)
    except NotFound as error:
        return problem(404, error.text)
    except DomainError as error:
        return problem(400, error.text, error.field)
    here = reverse("team_broadcast", args=[broadcast_id])
    kept = Saved(broadcast_id, draft.version, draft.updated_at, found.team.facility.time_zone, here)
    return JsonResponse(saved_answer(request, kept))
