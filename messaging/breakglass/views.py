"""The pages of break glass, inside Django's admin: asking, the conversation, and one use with its review."""

import uuid
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from messaging.breakglass import actions, disclosure
from messaging.breakglass.forms import OpenForm, ReviewForm
from messaging.breakglass.proof import Proof, confirming_url, proof_of
from messaging.breakglass.queries import check_administrator, read_use
from messaging.reviewing_views import ReviewPage
from messaging.web import actor_of, chosen_zone, domain_errors, is_prefetch, show_error
from smportal.errors import DomainError, NotFound, Refused
from smportal.public import errors

LIST = "admin:messaging_breakglassuse_changelist"
OPEN = "admin:messaging_breakglassuse_open"
CONVERSATION = "admin:messaging_breakglassuse_conversation"

CONFIRM = (
    "Confirm that it’s you with your authenticator app or passkey. "
    "If you have neither for this account, set one up first."
)


def _page(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    everywhere = admin.site.each_context(request)
    return render(request, template, {**everywhere, "list_url": reverse(LIST), **context}, status=status)


def _proof(request: HttpRequest) -> Proof:
    proof = proof_of(request)
    if proof is None:
        raise NotFound
    return proof


@domain_errors
def open_form(request: HttpRequest) -> HttpResponse:
    """Ask for the number and the reason, from somebody who has just shown a second factor again."""
    check_administrator(actor_of(request))
    proof = _proof(request)
    if request.method == "POST":
        return _opened(request, proof)
    if not proof.is_fresh:
        messages.info(request, CONFIRM)
        return HttpResponseRedirect(confirming_url(request, reverse(OPEN)))
    return _asking(request, OpenForm(), proof)


def _opened(request: HttpRequest, proof: Proof) -> HttpResponse:
    form, status = OpenForm(request.POST), 400
    if form.is_valid():
        try:
            use = actions.break_glass(actor=actor_of(request), proof=proof, **form.cleaned_data)
        except DomainError as error:
            status = show_error(form, error)
        else:
            return HttpResponseRedirect(reverse(CONVERSATION, args=[use.id]))
    return _asking(request, form, proof, status=status)


def _asking(request: HttpRequest, form: OpenForm, proof: Proof, *, status: int = 200) -> HttpResponse:
    # In a new tab, so that what was typed stays.
    confirm_url = "" if proof.is_fresh else confirming_url(request, reverse(LIST))
    context = {"title": "Break glass", "form": form, "confirm_url": confirm_url}
    return _page(request, "admin/messaging/break_glass_open.html", context, status=status)


@domain_errors
def conversation(request: HttpRequest, use_id: uuid.UUID) -> HttpResponse:
    """Show the conversation of one's own running use, to be read only. Each time is on record."""
    check_administrator(actor_of(request))
    if request.method != "GET":
        return errors.method_not_allowed(request)
    if is_prefetch(request):
        return HttpResponse(status=204)
    context: dict[str, Any] = {"open_url": reverse(OPEN)}
    try:
        shown = disclosure.disclose(
            actor=actor_of(request), use_id=use_id, proof=_proof(request), zone=chosen_zone(request)
        )
    except Refused as refusal:
        over = {**context, "title": "This is over", "refusal": refusal}
        return _page(request, "admin/messaging/break_glass_over.html", over, status=403)
    context |= {"title": "Conversation opened by break glass", "shown": shown}
    return _page(request, "admin/messaging/break_glass_conversation.html", context)


@domain_errors
def use(request: HttpRequest, object_id: str) -> HttpResponse:
    """Show one use with its reason, which is on record; and take its review."""
    return USE.respond(request, object_id)


def _use_context(request: HttpRequest, use_id: uuid.UUID) -> dict[str, Any]:
    shown = read_use(actor=actor_of(request), use_id=use_id, zone=chosen_zone(request))
    running = reverse(CONVERSATION, args=[use_id]) if shown.is_running else ""
    return {"title": "Break-glass use", "use": shown, "conversation_url": running}


USE = ReviewPage(
    form=ReviewForm,
    review=actions.review,
    context=_use_context,
    template="admin/messaging/break_glass_use.html",
    list_url=LIST,
)
