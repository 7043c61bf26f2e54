"""The drafts of a veteran: the list, deleting one, and getting it back."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from messaging.mailbox import queries
from messaging.mailbox.discarding import actions
from messaging.mailbox.discarding.queries import deleted_page, drafts_page
from messaging.mailbox.moving import notice
from messaging.mailbox.navigation import folders
from messaging.web import actor_of, chosen_zone, cursor_of, domain_errors, page_urls


@domain_errors
def drafts(request: HttpRequest) -> HttpResponse:
    """What was begun and not sent."""
    return _list(request, deleted=False)


@domain_errors
def deleted_drafts(request: HttpRequest) -> HttpResponse:
    """What was deleted in the last thirty days."""
    return _list(request, deleted=True)


def _list(request: HttpRequest, *, deleted: bool) -> HttpResponse:
    mailbox = queries.mailbox_of(actor_of(request))
    page_of, name = (deleted_page, "deleted_drafts") if deleted else (drafts_page, "mailbox_drafts")
    cursor, url = cursor_of(request), reverse(name)
    page = page_of(mailbox, cursor, zone=chosen_zone(request))
    if cursor and not page.rows:
        return redirect(name)
    context = {
        "page": page,
        "deleted": deleted,
        "folders": folders(mailbox, "mailbox_drafts"),
        **page_urls(request, url, page),
        "previous_text": _("Newer drafts"),
        "next_text": _("Older drafts"),
    }
    return render(request, "messaging/mailbox/drafts.html", context)


@domain_errors
def discard_draft(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Delete an own draft, and offer to undo that."""
    draft = actions.delete_draft(actor=actor_of(request), draft_id=draft_id)
    notice.offer_draft(request, draft.id)
    return redirect("mailbox_drafts")


@domain_errors
def restore_draft(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Give a deleted draft back."""
    actions.restore_draft(actor=actor_of(request), draft_id=draft_id)
    messages.success(request, _("Your draft is back."))
    return redirect("mailbox_drafts")
