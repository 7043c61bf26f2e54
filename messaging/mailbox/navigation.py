"""The folders beside every page of the mailbox, and the dashboard."""

from typing import TypedDict

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from eligibility.decision import decide_for
from messaging.mailbox import queries
from messaging.mailbox.queries import Mailbox
from messaging.web import actor_of
from smportal.actor import ActorKind
from smportal.tiers import Tier


class FolderLink(TypedDict):
    """One line of the side navigation."""

    label: str
    url: str
    icon: str
    count: int
    count_text: str
    current: bool


def folders(mailbox: Mailbox, current: str) -> list[FolderLink]:
    """Return the folder links with their counts; `current` is the URL name of this page."""
    counts = queries.counts(mailbox)
    links = [
        ("mailbox_inbox", "Inbox", "inbox", counts.unread, "unread"),
        ("mailbox_sent", "Sent", "send", 0, ""),
        ("mailbox_drafts", "Drafts", "draft", counts.drafts, "drafts"),
        ("mailbox_trash", "Trash", "trash", 0, ""),
    ]
    return [
        FolderLink(label=label, url=reverse(name), icon=icon, count=count, count_text=text, current=name == current)
        for name, label, icon, count, text in links
    ]


def dashboard(request: HttpRequest) -> HttpResponse:
    """Where everybody lands after signing in: the veteran's own page, or the side where somebody works."""
    actor = actor_of(request)
    if actor.kind is not ActorKind.VETERAN:
        if actor.staff_id is not None:
            return redirect("team_queue", "open")
        return redirect("admin:index") if actor.roles else redirect("second_factor_needed")
    decision = decide_for(actor)
    readable = actor.tier >= Tier.VERIFIED and actor.record_id is not None
    context = {
        "decision": decision,
        "readable": readable,
        "folders": folders(queries.mailbox_of(actor), "") if readable else [],
        "unmet": [entry for entry in decision.requirements if entry.met is False],
        "name": request.user.preferred_name or (request.user.record.first_name if request.user.record else ""),  # type: ignore[union-attr]
    }
    return render(request, "messaging/mailbox/dashboard.html", context)
