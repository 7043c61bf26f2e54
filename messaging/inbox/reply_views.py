"""Sending the answer, and everything that its form is posted for besides."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from messaging.answering import actions as answers
from messaging.answering.views import conflict_text, kept_for_team
from messaging.attachments.web import Received, receive
from messaging.inbox import actions
from messaging.inbox.forms import StaffReplyForm
from messaging.inbox.views import conversation_page
from messaging.placing import Place
from messaging.reply_templates.picking import inserted
from messaging.web import actor_of, changed, domain_errors, show_error
from smportal.errors import Conflict, DomainError, NotFound

SENDING = frozenset({"send", "anyway"})
# Which of two texts is the answer from now on; the other one is put away.
USE_THIS, USE_SAVED = "use_this", "use_other"
SAVING = frozenset({"save", USE_THIS, USE_SAVED})


@domain_errors
@kept_for_team
def reply(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Send an answer, save it, or look for what goes with it; one that would cross a newer message asks first."""
    if request.POST.get("templates") == "insert":
        return _with_template(request, conversation_id)
    form, received = StaffReplyForm(request.POST), receive(request, conversation_id)
    pressed = (SENDING | SAVING) & set(request.POST)
    if not pressed or not form.is_valid() or received.any_refused:
        wrong = received.any_refused or pressed & SENDING or form.errors
        return conversation_page(request, conversation_id, status=400 if wrong else 200, reply_form=form)
    try:
        if pressed & SENDING:
            return _sent(request, conversation_id, form, received)
        return _saved(request, conversation_id, form)
    except NotFound:
        raise
    except Conflict as error:
        error.text = conflict_text(request, error)
        if error.code == "already_sent":
            form = _as_another(request)
        status = show_error(form, error)
        return conversation_page(request, conversation_id, status=status, conflict=error.code, reply_form=form)
    except DomainError as error:
        return conversation_page(request, conversation_id, status=show_error(form, error), reply_form=form)


def _sent(request: HttpRequest, conversation_id: uuid.UUID, form: StaffReplyForm, received: Received) -> HttpResponse:
    anyway = "anyway" in request.POST
    draft_id, version = form.key()
    actions.reply(
        actor=actor_of(request),
        conversation_id=conversation_id,
        draft_id=draft_id,
        body=form.cleaned_data["body"],
        seen_until=None if anyway else form.cleaned_data["seen_until"],
        version=None if anyway else version,
        file_ids=received.ids,
        link_ids=form.cleaned_data["links"],
        with_signature=form.cleaned_data["with_signature"],
    )
    messages.success(request, "Your answer was sent. The response clock has stopped.")
    return redirect("team_conversation", conversation_id)


def _saved(request: HttpRequest, conversation_id: uuid.UUID, form: StaffReplyForm) -> HttpResponse:
    actor, (draft_id, version) = actor_of(request), form.key()
    if USE_SAVED in request.POST:
        answers.use_saved(actor=actor, conversation_id=conversation_id, content=form.content())
        messages.success(request, "The saved text is the answer. Yours is among the earlier texts.")
    else:
        given = None if USE_THIS in request.POST else version
        answers.save_answer(
            actor=actor, conversation_id=conversation_id, draft_id=draft_id, version=given, content=form.content()
        )
        messages.success(request, "The answer is saved, and not sent yet.")
    return redirect(f"{reverse('team_conversation', args=[conversation_id])}#reply")


def _as_another(request: HttpRequest) -> StaffReplyForm:
    """Return the form of what came too late as a further answer's: it needs an id of its own."""
    return StaffReplyForm(changed(request.POST, draft_id=str(uuid.uuid4()), version="0"))


def _with_template(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Put a template below what was typed; nothing is sent."""
    receive(request, conversation_id)
    typed = inserted(actor_of(request), Place(conversation_id), request.POST)
    form = StaffReplyForm(typed or request.POST)
    return conversation_page(request, conversation_id, status=200 if typed else 404, reply_form=form)
