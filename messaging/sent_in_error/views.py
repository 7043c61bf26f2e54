"""Withdrawing a message, and its review inside Django's admin."""

import uuid
from typing import Any

from django.contrib import admin, messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse

from messaging.inbox.desk import desk_of
from messaging.inbox.views import queue_links
from messaging.sent_in_error import actions
from messaging.sent_in_error.forms import ErrorReviewForm, WithdrawForm
from messaging.sent_in_error.queries import read_one, to_withdraw
from messaging.web import actor_of, chosen_zone, domain_errors, is_prefetch, show_error
from smportal.errors import DomainError, NotFound
from smportal.public import errors

LIST = "admin:messaging_sentinerror_changelist"


@domain_errors
def withdraw(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    """Ask why, and say what happens; a POST does it."""
    actor = actor_of(request)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    shown = to_withdraw(actor, message_id, zone=chosen_zone(request))
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                actions.withdraw(actor=actor, message_id=message_id, **form.cleaned_data)
            except NotFound:
                raise
            except DomainError as error:
                status = show_error(form, error)
            else:
                messages.success(request, "The veteran no longer sees this message. The privacy officer is told.")
                return redirect("team_conversation", shown.conversation_id)
    context = {
        "message": shown,
        "form": form,
        "queues": queue_links(desk_of(actor, zone=chosen_zone(request)), None),
    }
    return render(request, "messaging/sent_in_error/withdraw.html", context, status=status)


@domain_errors
def review(request: HttpRequest, object_id: str) -> HttpResponse:
    """Show one withdrawal without its message, which is on record; and take its review."""
    if request.method == "HEAD":
        return errors.method_not_allowed(request)
    if is_prefetch(request):
        return HttpResponse(status=204)
    try:
        row_id = uuid.UUID(object_id)
    except ValueError:
        raise NotFound from None
    form: Form = ErrorReviewForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                actions.review(actor=actor_of(request), row_id=row_id, **form.cleaned_data)
            except NotFound:
                raise
            except DomainError as error:
                status = show_error(form, error)
            else:
                messages.success(request, "Your review is saved.")
                return HttpResponseRedirect(reverse(LIST))
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": "Message sent in error",
        "list_url": reverse(LIST),
        "shown": read_one(actor=actor_of(request), row_id=row_id, zone=chosen_zone(request)),
        "form": form,
    }
    return render(request, "admin/messaging/sent_in_error.html", context, status=status)
