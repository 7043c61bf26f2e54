"""What a veteran sees after sending."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from messaging.acknowledging.sending import acknowledgement_of
from messaging.mailbox import queries
from messaging.mailbox.entries import parts_of
from messaging.mailbox.navigation import folders
from messaging.web import actor_of, chosen_zone, domain_errors
from smportal import times


@domain_errors
def confirmation(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    """The message went out: its number, and by when to expect an answer."""
    actor = actor_of(request)
    message = queries.own_message(actor, message_id)
    parts, automatic = parts_of(message), acknowledgement_of(message)
    opened = message.conversation
    zone = times.viewer_zone(chosen_zone(request), opened.team.facility.time_zone)
    context = {
        "message": message,
        "parts": parts,
        "acknowledgement": automatic.unseal_text("body_sealed") if automatic else "",
        "conversation": opened,
        "team": opened.team,
        "phone": opened.team.phone or opened.team.facility.phone,
        "sent": times.moment(message.sent_at, zone),
        "due": times.weekday_moment(opened.due_at, zone) if opened.due_at else "",
        "folders": folders(queries.mailbox_of(actor), ""),
    }
    return render(request, "messaging/mailbox/confirmation.html", context)
