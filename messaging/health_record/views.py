"""Choosing messages, the preview, and the notes that are on their way."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from messaging import disclosure
from messaging.health_record import actions, queries
from messaging.health_record.forms import DismissForm, RecordNoteForm
from messaging.health_record.preparing import Choice, clinics_of, fileable
from messaging.inbox.desk import desk_of
from messaging.inbox.views import queue_links
from messaging.models import Conversation, NoteState, RecordNote
from messaging.web import actor_of, chosen_zone, cursor_of, domain_errors, is_prefetch, page_urls, show_error
from smportal.errors import DomainError

Send = Callable[[Choice, uuid.UUID, str], RecordNote]


@domain_errors
def choose(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Choose messages, look at the note, send it."""
    if is_prefetch(request):
        return HttpResponse(status=204)
    conversation = disclosure.disclose(actor=actor_of(request), conversation_id=conversation_id)

    def send(choice: Choice, key: uuid.UUID, seen: str) -> RecordNote:
        return actions.send(
            actor=actor_of(request), conversation_id=conversation_id, note_id=key, choice=choice, seen=seen
        )

    initial = {"key": uuid.uuid4(), "title": f"Secure message: {conversation.get_category_display()}"}
    return _steps(request, conversation, send, initial, back=reverse("team_conversation", args=[conversation_id]))


@domain_errors
def change(request: HttpRequest, note_id: uuid.UUID) -> HttpResponse:
    """Choose again for a note that was refused."""
    if is_prefetch(request):
        return HttpResponse(status=204)
    opened = queries.open_note(actor=actor_of(request), note_id=note_id, chosen_zone=chosen_zone(request))
    if not opened.row.is_failed or opened.may_be_there:
        return redirect("record_note", note_id)
    conversation = disclosure.disclose(actor=actor_of(request), conversation_id=opened.conversation.id)

    def send(choice: Choice, key: uuid.UUID, seen: str) -> RecordNote:
        return actions.change(actor=actor_of(request), note_id=note_id, choice=choice, seen=seen)

    initial = {
        "key": note_id,
        "title": opened.title,
        "clinic": str(opened.clinic_id),
        "messages": [str(message_id) for message_id in opened.message_ids],
    }
    return _steps(request, conversation, send, initial, back=opened.row.url)


def _steps(
    request: HttpRequest, conversation: Conversation, send: Send, initial: dict[str, Any], *, back: str
) -> HttpResponse:
    """Show the form, the preview, or the form again; send only what the preview showed."""
    form = RecordNoteForm(
        request.POST or None,
        initial=initial,
        entries=fileable(conversation),
        clinics=clinics_of(conversation),
    )
    context = {"conversation": conversation, "form": form, "back": back, "has_clinics": _has_clinics(form)}
    if request.method != "POST":
        return _page(request, "choose", context)
    if "edit" in request.POST:
        return _page(request, "choose", context)
    if not form.is_valid():
        return _page(request, "choose", context, status=400)
    choice, status = form.choice(), 200
    try:
        if "send" in request.POST:
            sent = send(choice, form.cleaned_data["key"], request.POST.get("seen", ""))
            messages.success(request, "Your note is on its way to the health record.")
            return redirect("record_note", sent.id)
    except DomainError as error:
        status = show_error(form, error)
        if error.code != "changed":
            return _page(request, "choose", context, status=status)
    return _preview(request, conversation, choice, context, status)


def _preview(
    request: HttpRequest, conversation: Conversation, choice: Choice, context: dict[str, Any], status: int
) -> HttpResponse:
    form: RecordNoteForm = context["form"]
    try:
        shown = actions.preview(actor=actor_of(request), conversation_id=conversation.id, choice=choice)
    except DomainError as error:
        return _page(request, "choose", context, status=show_error(form, error))
    return _page(request, "preview", {**context, "shown": shown, "seen": shown.digest.hex()}, status=status)


def _has_clinics(form: RecordNoteForm) -> bool:
    return len(form.fields["clinic"].choices) > 1  # type: ignore[attr-defined]


@domain_errors
def listed(request: HttpRequest) -> HttpResponse:
    """The notes of the actor's teams that failed or wait."""
    page = queries.notes_to_deal_with(actor_of(request), cursor_of(request), chosen_zone=chosen_zone(request))
    return _page(request, "list", {"page": page, **page_urls(request, reverse("record_notes"), page)})


@domain_errors
def note(request: HttpRequest, note_id: uuid.UUID) -> HttpResponse:
    """One note: where it stands, what it says, and what can be done."""
    if is_prefetch(request):
        return HttpResponse(status=204)
    return _note_page(request, note_id, DismissForm())


def _note_page(request: HttpRequest, note_id: uuid.UUID, form: Form, *, status: int = 200) -> HttpResponse:
    opened = queries.open_note(actor=actor_of(request), note_id=note_id, chosen_zone=chosen_zone(request))
    context = {"note": opened, "form": form, "states": NoteState}
    return _page(request, "note", context, status=status)


@domain_errors
def try_again(request: HttpRequest, note_id: uuid.UUID) -> HttpResponse:
    """Send a note that failed once more, as it is."""
    actions.try_again(actor=actor_of(request), note_id=note_id)
    messages.success(request, "We will try again in a moment.")
    return redirect("record_note", note_id)


@domain_errors
def dismiss(request: HttpRequest, note_id: uuid.UUID) -> HttpResponse:
    """Give up a note that failed."""
    form = DismissForm(request.POST)
    if form.is_valid():
        try:
            actions.dismiss(actor=actor_of(request), note_id=note_id, reason=form.cleaned_data["reason"])
        except DomainError as error:
            return _note_page(request, note_id, form, status=show_error(form, error))
        messages.success(request, "The note is given up. Your reason stays with it.")
        return redirect("record_note", note_id)
    return _note_page(request, note_id, form, status=400)


def _page(request: HttpRequest, name: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    desk = desk_of(actor_of(request), zone=chosen_zone(request))
    links = {"queues": queue_links(desk, None, in_notes=name == "list")}
    return render(request, f"messaging/health_record/{name}.html", {**links, **context}, status=status)
