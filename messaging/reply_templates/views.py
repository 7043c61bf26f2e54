"""The pages of templates, and the list that a text is chosen from."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from messaging.inbox.desk import desk_of
from messaging.inbox.views import queue_links
from messaging.placing import Kind, Place, written
from messaging.reply_templates import actions, queries
from messaging.reply_templates.actions import ChangedMeanwhile
from messaging.reply_templates.forms import NewTemplateForm, SearchForm, TemplateForm, WithTemplates
from messaging.reply_templates.permissions import places_to_write_for, reach_of
from messaging.reply_templates.placeholders import MEANINGS
from messaging.web import actor_of, chosen_zone, domain_errors, show_error
from smportal import times
from smportal.errors import DomainError, InvalidInput


@domain_errors
def templates(request: HttpRequest) -> HttpResponse:
    """List what the actor can use or change; words are posted."""
    actor, form = actor_of(request), SearchForm(request.POST if request.method == "POST" else None)
    words = form.data.get("words", "") if form.is_bound else ""
    status = 200
    try:
        found = queries.listed(actor, words=words)
    except InvalidInput as error:
        form.is_valid()
        status, found = show_error(form, error), queries.listed(actor)
    context = {"form": form, "found": found, "words": words.strip(), **_around(request)}
    return render(request, "messaging/reply_templates/list.html", context, status=status)


@domain_errors
def new(request: HttpRequest) -> HttpResponse:
    """Make a template."""
    actor = actor_of(request)
    reach = reach_of(actor)
    teams, facilities = places_to_write_for(reach)
    asked: dict[str, Any] = {"teams": teams, "facilities": facilities, "is_member": reach.staff_id is not None}
    if request.method != "POST":
        return _form_page(request, NewTemplateForm(initial={"template_id": uuid.uuid4()}, **asked))
    form = NewTemplateForm(request.POST, **asked)
    if not form.is_valid():
        return _form_page(request, form, status=400)
    try:
        actions.add(
            actor=actor,
            template_id=form.cleaned_data["template_id"],
            holder=form.chosen_holder(),
            wording=form.wording(),
        )
    except DomainError as error:
        return _form_page(request, form, status=show_error(form, error))
    messages.success(request, "The template is saved.")
    return redirect("reply_templates")


@domain_errors
def template(request: HttpRequest, template_id: uuid.UUID) -> HttpResponse:
    """Show a template, and change it where it is the actor's to change."""
    actor = actor_of(request)
    opened = queries.opened(actor, template_id)
    if request.method != "POST":
        initial = TemplateForm.initial_of(opened.template)
        return _form_page(request, TemplateForm(initial=initial), opened=opened)
    form = TemplateForm(request.POST)
    if not form.is_valid():
        return _form_page(request, form, status=400, opened=opened)
    version = None if "overwrite" in request.POST else form.cleaned_data["version"] or 0
    try:
        actions.change(actor=actor, template_id=template_id, version=version, wording=form.wording())
    except DomainError as error:
        conflict = isinstance(error, ChangedMeanwhile)
        return _form_page(request, form, status=show_error(form, error), opened=opened, conflict=conflict)
    messages.success(request, "The template is saved.")
    return redirect("reply_templates")


def _form_page(
    request: HttpRequest,
    form: TemplateForm,
    *,
    status: int = 200,
    opened: queries.Opened | None = None,
    conflict: bool = False,
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "opened": opened,
        "conflict": conflict,
        "placeholders": MEANINGS.items(),
        **_around(request),
    }
    if opened:
        zone = times.viewer_zone(chosen_zone(request), opened.template.facility.time_zone)
        context["changed_at"] = times.moment(opened.template.changed_at, zone)
    return render(request, "messaging/reply_templates/form.html", context, status=status)


def _around(request: HttpRequest) -> dict[str, Any]:
    """Return the queues beside the page, for those who have any."""
    actor = actor_of(request)
    if actor.staff_id is None:
        return {"queues": []}
    return {"queues": queue_links(desk_of(actor, zone=chosen_zone(request)), None)}


@domain_errors
def for_reply(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """The list for an answer, for the page's script; without it the page brings it along."""
    return _picker(request, Place(conversation_id))


@domain_errors
def for_start(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """The list for a text that starts a conversation."""
    return _picker(request, Place(draft_id, Kind.START))


@domain_errors
def for_many(request: HttpRequest, broadcast_id: uuid.UUID) -> HttpResponse:
    """The list for a text to many veterans."""
    return _picker(request, Place(broadcast_id, Kind.MANY))


def _picker(request: HttpRequest, place: Place) -> HttpResponse:
    # Also where nothing is asked for yet: a place that is not the actor's is not there.
    written(actor_of(request), place)
    context = {"form": WithTemplates(request.POST), "place": place}
    return render(request, "messaging/reply_templates/part.html", context)
