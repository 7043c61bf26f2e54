"""Withdrawing a message, and its review inside Django's admin."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from messaging.inbox.desk import desk_of
from messaging.inbox.views import queue_links
from messaging.reviewing_views import ReviewPage
from messaging.sent_in_error import actions
from messaging.sent_in_error.forms import ErrorReviewForm, WithdrawForm
from messaging.sent_in_error.queries import read_one, to_withdraw
from messaging.web import actor_of, attempt, chosen_zone, domain_errors


@domain_errors
def withdraw(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    """Ask why, and say what happens; a POST does it."""
    actor = actor_of(request)
    form, status = WithdrawForm(), 200
    shown = to_withdraw(actor, message_id, zone=chosen_zone(request))
    if request.method == "POST":
        form = WithdrawForm(request.POST)
        status = attempt(form, actions.withdraw, actor=actor, message_id=message_id)
        if status == 200:
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
    return REVIEW.respond(request, object_id)


def _review_context(request: HttpRequest, row_id: uuid.UUID) -> dict[str, Any]:
    shown = read_one(actor=actor_of(request), row_id=row_id, zone=chosen_zone(request))
    return {"title": "Message sent in error", "shown": shown}


REVIEW = ReviewPage(
    form=ErrorReviewForm,
    review=actions.review,
    context=_review_context,
    template="admin/messaging/sent_in_error.html",
    list_url="admin:messaging_sentinerror_changelist",
)
