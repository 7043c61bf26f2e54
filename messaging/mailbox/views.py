"""The veteran's lists and conversations."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from messaging.keyset import Page
from messaging.mailbox import actions, queries
from messaging.mailbox.drafts import delete_draft
from messaging.mailbox.navigation import folders
from messaging.models import Place
from messaging.web import actor_of, chosen_zone, cursor_of, domain_errors
from smportal import times


def _list(
    request: HttpRequest, mailbox: queries.Mailbox, page: Page[queries.ListRow], current: str, heading: str
) -> HttpResponse:
    url = reverse(current)
    context = {
        "page": page,
        "heading": heading,
        "current": current,
        "folders": folders(mailbox, current),
        "previous_url": f"{url}?page={page.previous}" if page.previous else "",
        "next_url": f"{url}?page={page.following}" if page.following else "",
    }
    return render(request, "messaging/mailbox/list.html", context)


@domain_errors
def inbox(request: HttpRequest) -> HttpResponse:
    """Conversations, the newest message first."""
    mailbox = queries.mailbox_of(actor_of(request))
    page = queries.place_page(mailbox, Place.INBOX, cursor_of(request), zone=chosen_zone(request))
    return _list(request, mailbox, page, "mailbox_inbox", "Inbox")


@domain_errors
def sent(request: HttpRequest) -> HttpResponse:
    """What the veteran sent, and what became of it."""
    mailbox = queries.mailbox_of(actor_of(request))
    page = queries.sent_page(mailbox, cursor_of(request), zone=chosen_zone(request))
    return _list(request, mailbox, page, "mailbox_sent", "Sent")


@domain_errors
def trash(request: HttpRequest) -> HttpResponse:
    """Conversations put away; the care record keeps them."""
    mailbox = queries.mailbox_of(actor_of(request))
    page = queries.place_page(mailbox, Place.TRASH, cursor_of(request), zone=chosen_zone(request))
    return _list(request, mailbox, page, "mailbox_trash", "Trash")


@domain_errors
def drafts(request: HttpRequest) -> HttpResponse:
    """What was begun and not sent."""
    mailbox = queries.mailbox_of(actor_of(request))
    rows = queries.drafts(mailbox, zone=chosen_zone(request))
    context = {"rows": rows, "folders": folders(mailbox, "mailbox_drafts")}
    return render(request, "messaging/mailbox/drafts.html", context)


@domain_errors
def move(request: HttpRequest, conversation_id: uuid.UUID, place: str) -> HttpResponse:
    """Put a conversation into the trash, or back into the inbox."""
    target = Place(place)
    actions.move(actor=actor_of(request), conversation_id=conversation_id, place=target)
    if target is Place.TRASH:
        messages.success(request, "Moved to trash. You can restore it at any time.")
        return redirect("mailbox_inbox")
    messages.success(request, "Restored to your inbox.")
    return redirect("mailbox_trash")


@domain_errors
def mark_unread(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Mark a conversation as unread."""
    actions.set_read(actor=actor_of(request), conversation_id=conversation_id, read=False)
    messages.success(request, "Marked as unread.")
    return redirect("mailbox_inbox")


@domain_errors
def discard_draft(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Delete an own draft."""
    delete_draft(actor=actor_of(request), draft_id=draft_id)
    messages.success(request, "Draft deleted.")
    return redirect("mailbox_drafts")


@domain_errors
def confirmation(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    """The message went out: its number, and by when to expect an answer."""
    actor = actor_of(request)
    message = queries.own_message(actor, message_id)
    opened = message.conversation
    zone = times.viewer_zone(chosen_zone(request), opened.team.facility.time_zone)
    context = {
        "message": message,
        "conversation": opened,
        "team": opened.team,
        "phone": opened.team.phone or opened.team.facility.phone,
        "sent": times.moment(message.sent_at, zone),
        "due": times.weekday_moment(opened.due_at, zone) if opened.due_at else "",
        "folders": folders(queries.mailbox_of(actor), ""),
    }
    return render(request, "messaging/mailbox/confirmation.html", context)
