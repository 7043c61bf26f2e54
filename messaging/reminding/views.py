"""One's own reminders: the list, setting or moving one, ending it."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from messaging.inbox import actions as inbox
from messaging.inbox.desk import desk_of
from messaging.inbox.views import queue_links
from messaging.reminding import actions, queries
from messaging.reminding.forms import ReminderForm
from messaging.web import actor_of, attempt, chosen_zone, cursor_of, domain_errors, page_urls
from smportal import times


@domain_errors
def reminders(request: HttpRequest) -> HttpResponse:
    """The actor's reminders, soonest first."""
    desk = desk_of(actor_of(request), zone=chosen_zone(request))
    page = queries.own_reminders(desk, cursor_of(request))
    context = {
        "rows": page.rows,
        **page_urls(request, reverse("team_reminders"), page),
        "queues": queue_links(desk, None, in_reminders=True),
    }
    return render(request, "messaging/reminding/reminders.html", context)


@domain_errors
def reminder(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Set the actor's reminder on a conversation, or move it."""
    actor = actor_of(request)
    conversation = inbox.visible(actor, conversation_id)
    zone = times.viewer_zone(chosen_zone(request), conversation.team.facility.time_zone)
    standing = queries.own_reminder(actor, conversation, zone=zone)
    if request.method == "POST":
        form = ReminderForm(request.POST)
        status = attempt(form, actions.set_reminder, actor=actor, conversation_id=conversation_id)
        if status == 200:
            messages.success(request, f"You will be reminded on {times.day(form.cleaned_data['day'])}.")
            return redirect("team_conversation", conversation_id)
    else:
        status, form = 200, ReminderForm(initial={"day": standing.day, "note": standing.note} if standing else None)
    context = {
        "form": form,
        "number": conversation.number,
        "conversation_id": conversation_id,
        "standing": standing,
        "queues": queue_links(desk_of(actor, zone=chosen_zone(request)), None),
    }
    return render(request, "messaging/reminding/reminder.html", context, status=status)


@domain_errors
def end(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """End the actor's reminder: dealt with, or no longer wanted."""
    if actions.end_reminder(actor=actor_of(request), conversation_id=conversation_id):
        messages.success(request, "Your reminder is off.")
    if "listed" in request.POST:
        return redirect("team_reminders")
    return redirect("team_conversation", conversation_id)
