"""The page of the archive: ask for it, see how far it is, fetch it behind the notice, whole or in part."""

import uuid

from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from messaging.attachments import ranges
from messaging.mailbox import queries as mailbox
from messaging.mailbox.navigation import folders
from messaging.models import ArchiveState
from messaging.records.archive.actions import fetch_archive, request_archive, take_archive
from messaging.records.archive.delivery import plan_of
from messaging.records.archive.places import MOST_AT_ONCE, Placed, Places
from messaging.records.archive.queries import latest, overview, own_ready
from messaging.records.archive.zipformat import Plan
from messaging.records.downloads import HARDENED, attachment
from messaging.web import actor_of, chosen_zone, domain_errors, is_prefetch
from smportal.errors import NotFound

_places = Places(MOST_AT_ONCE)


@domain_errors
def archive(request: HttpRequest) -> HttpResponseBase:
    """By GET how far it is; by POST it is asked for."""
    actor = actor_of(request)
    if request.method == "POST":
        request_archive(actor=actor)
        return redirect("records_archive")
    context = {
        "progress": latest(actor, zone=chosen_zone(request)),
        "overview": overview(actor),
        "folders": folders(mailbox.mailbox_of(actor), ""),
    }
    return render(request, "messaging/records/archive.html", context)


@domain_errors
def progress(request: HttpRequest) -> HttpResponseBase:
    """Tell the page's script how far it is; asking keeps no session alive."""
    found = latest(actor_of(request))
    if found is None:
        raise NotFound
    return JsonResponse({"state": found.state, "done": found.done, "files_done": found.files_done, "step": found.step})


@domain_errors
def take(request: HttpRequest, archive_id: uuid.UUID) -> HttpResponseBase:
    """By GET the notice about protecting a copy; by POST on to the file."""
    actor = actor_of(request)
    if request.method == "POST":
        taken = take_archive(actor=actor, archive_id=archive_id)
        return redirect("records_archive_file", taken.id)
    found = latest(actor)
    if found is None or found.id != archive_id or found.state != ArchiveState.READY:
        raise NotFound
    context = {
        "heading": _("Download all my messages"),
        "button": _("Download my copy"),
        "back_url": reverse("records_archive"),
        "folders": folders(mailbox.mailbox_of(actor), ""),
    }
    return render(request, "messaging/records/notice.html", context)


@domain_errors
def file(request: HttpRequest, archive_id: uuid.UUID) -> HttpResponseBase:
    """The zip file, or one range of it, so that a browser can go on where a download was cut off."""
    if is_prefetch(request):
        return HttpResponse(status=204)
    actor = actor_of(request)
    found = own_ready(actor, archive_id)
    if found.taken_at is None:
        return redirect("records_archive_take", archive_id)
    plan = plan_of(found)
    headers = {**HARDENED, "ETag": f'"{found.id.hex}"', "Accept-Ranges": "bytes"}
    try:
        wanted = _range(request, plan, headers["ETag"])
    except ranges.Unsatisfiable:
        return HttpResponse(status=416, headers={**headers, "Content-Range": f"bytes */{plan.size}"})
    first, last = wanted or (0, plan.size - 1)
    headers["Content-Length"] = str(last - first + 1)
    if wanted:
        headers["Content-Range"] = f"bytes {first}-{last}/{plan.size}"
    status = 206 if wanted else 200
    if request.method == "HEAD":
        return HttpResponse(status=status, content_type="application/zip", headers=headers)
    place = _places.take()
    if place is None:
        return _busy(request)
    try:
        fetch_archive(actor=actor, archive_id=archive_id, purpose="range" if wanted else "download")
    except BaseException:
        place.free()
        raise
    # A range needs the length as it is.
    request.META["HTTP_ACCEPT_ENCODING"] = ""
    headers["Content-Disposition"] = attachment("secure-messages.zip")
    pieces = Placed(plan.stream(first, last), place)
    return StreamingHttpResponse(pieces, status=status, content_type="application/zip", headers=headers)


def _range(request: HttpRequest, plan: Plan, etag: str) -> tuple[int, int] | None:
    """Return the range that was asked for; the whole, where it was asked for of another archive. Raises Unsatisfiable."""
    if request.headers.get("If-Range", etag) != etag:
        return None
    return ranges.parse(request.headers.get("Range", ""), plan.size)


def _busy(request: HttpRequest) -> HttpResponse:
    context = {"folders": folders(mailbox.mailbox_of(actor_of(request)), "")}
    response = render(request, "messaging/records/archive_busy.html", context, status=503)
    response.headers["Retry-After"] = "120"
    return response
