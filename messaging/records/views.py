"""Copies of one conversation. The notice comes by GET; what follows it, by POST, discloses and is on record."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from messaging.mailbox import queries
from messaging.mailbox.navigation import folders
from messaging.records.downloads import download
from messaging.records.opened import openings, own_conversation
from messaging.records.pdf import as_pdf
from messaging.records.plain import as_text
from messaging.records.transcript import take_copy
from messaging.web import actor_of, chosen_zone, domain_errors


def _frame(request: HttpRequest) -> dict[str, Any]:
    return {"folders": folders(queries.mailbox_of(actor_of(request)), "")}


@domain_errors
def opened(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Who opened this conversation, and when."""
    context = {"openings": openings(actor_of(request), conversation_id, zone=chosen_zone(request))}
    return render(request, "messaging/records/opened.html", context | _frame(request))


@domain_errors
def copy(request: HttpRequest, conversation_id: uuid.UUID, kind: str) -> HttpResponse:
    """By GET the notice about protecting a copy; by POST the copy."""
    if request.method != "POST":
        context = {
            "conversation": own_conversation(actor_of(request), conversation_id),
            "kind": kind,
            "heading": {"print": _("Print this conversation"), "pdf": _("Download as a PDF")}.get(
                kind, _("Download as plain text")
            ),
            "button": {"print": _("Show the page to print"), "pdf": _("Download the PDF")}.get(
                kind, _("Download the text")
            ),
            "back_url": reverse("mailbox_conversation", args=[conversation_id]),
        }
        return render(request, "messaging/records/notice.html", context | _frame(request))
    transcript = take_copy(
        actor=actor_of(request), conversation_id=conversation_id, purpose=kind, zone=chosen_zone(request)
    )
    if kind == "print":
        return render(request, "messaging/records/print.html", {"transcript": transcript})
    if kind == "pdf":
        return download(
            as_pdf(transcript), name=f"secure-message-{transcript.number}.pdf", content_type="application/pdf"
        )
    return download(as_text(transcript), name=f"secure-message-{transcript.number}.txt", content_type="text/plain")
