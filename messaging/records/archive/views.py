"""The page of the archive: ask for it, see how far it is, fetch it behind the notice."""

import uuid

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from messaging.mailbox import queries as mailbox
from messaging.mailbox.navigation import folders
from messaging.models import ArchiveState
from messaging.records.archive.actions import request_archive, take_archive
from messaging.records.archive.queries import latest
from messaging.records.archive.zipping import zip_of
from messaging.records.downloads import streamed
from messaging.web import actor_of, chosen_zone, domain_errors
from smportal.errors import NotFound


@domain_errors
def archive(request: HttpRequest) -> HttpResponseBase:
    """By GET how far it is; by POST it is asked for."""
    actor = actor_of(request)
    if request.method == "POST":
        request_archive(actor=actor)
        return redirect("records_archive")
    context = {
        "progress": latest(actor, zone=chosen_zone(request)),
        "folders": folders(mailbox.mailbox_of(actor), ""),
    }
    return render(request, "messaging/records/archive.html", context)


@domain_errors
def progress(request: HttpRequest) -> HttpResponseBase:
    """Tell the page's script how far it is; asking keeps no session alive."""
    found = latest(actor_of(request))
    if found is None:
        raise NotFound
    return JsonResponse({"state": found.state, "done": found.done, "total": found.total})


@domain_errors
def take(request: HttpRequest, archive_id: uuid.UUID) -> HttpResponseBase:
    """By GET the notice about protecting a copy; by POST the zip file."""
    actor = actor_of(request)
    if request.method == "POST":
        return streamed(
            zip_of(take_archive(actor=actor, archive_id=archive_id)),
            name="secure-messages.zip",
            content_type="application/zip",
        )
    found = latest(actor)
    if found is None or found.id != archive_id or found.state != ArchiveState.READY:
        raise NotFound
    context = {
        "heading": _("Download all my messages"),
        "button": _("Download the archive"),
        "back_url": reverse("records_archive"),
        "folders": folders(mailbox.mailbox_of(actor), ""),
    }
    return render(request, "messaging/records/notice.html", context)
