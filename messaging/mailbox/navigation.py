"""The folders beside every page of the mailbox, and the dashboard."""

from typing import TypedDict

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from eligibility.decision import decide_for
from messaging.links import url_of_each
from messaging.mailbox import queries
from messaging.mailbox.folders.queries import DRAFTS_COUNTED, Shelves, shelves
from messaging.mailbox.queries import Mailbox
from messaging.web import actor_of
from smportal.actor import ActorKind
from smportal.tiers import Tier


class FolderLink(TypedDict):
    """One line of the side navigation. `target` names a place that conversations can be moved to."""

    label: str
    url: str
    icon: str
    count: str
    count_text: str
    current: bool
    target: str
    kind: str


def folders(mailbox: Mailbox, current: str) -> list[FolderLink]:
    """Return the folder links with their counts; `current` is the URL name of this page, or an own folder's id."""
    return links(shelves(mailbox), current)


def links(found: Shelves, current: str) -> list[FolderLink]:
    """Return the folder links of shelves that are at hand. `kind` "own" shows on wide screens, "sum" on narrow ones."""
    unread = _("unread")
    drafts = f"{DRAFTS_COUNTED - 1}+" if found.drafts >= DRAFTS_COUNTED else _number(found.drafts)
    in_own = _number(sum(folder.unread for folder in found.folders))
    url_of = url_of_each("mailbox_folder")
    lines = [
        ("mailbox_inbox", reverse("mailbox_inbox"), _("Inbox"), "inbox", _number(found.inbox.unread), unread, "inbox"),
        ("mailbox_sent", reverse("mailbox_sent"), _("Sent"), "send", "", "", ""),
        ("mailbox_drafts", reverse("mailbox_drafts"), _("Drafts"), "draft", drafts, _("drafts"), ""),
        ("mailbox_trash", reverse("mailbox_trash"), _("Trash"), "trash", "", "", "trash"),
        ("mailbox_folders", reverse("mailbox_folders"), _("Your folders"), "folder", in_own, unread, ""),
    ]
    lines += [
        (str(folder.id), url_of(folder.id), folder.name, "folder", _number(folder.unread), unread, str(folder.id))
        for folder in found.folders
    ]
    return [
        FolderLink(
            label=label,
            url=url,
            icon=icon,
            count=count,
            count_text=text,
            current=key == current,
            target=target,
            kind="own" if key == target else "sum" if key == "mailbox_folders" else "",
        )
        for key, url, label, icon, count, text, target in lines
    ]


def _number(count: int) -> str:
    return f"{count:,}" if count else ""


def dashboard(request: HttpRequest) -> HttpResponse:
    """Where everybody lands after signing in: the veteran's own page, or the side where somebody works."""
    actor = actor_of(request)
    if actor.kind is not ActorKind.VETERAN:
        if actor.staff_id is not None:
            return redirect("team_queue", "open")
        return redirect("admin:index") if actor.roles else redirect("second_factor_needed")
    decision = decide_for(actor)
    readable = actor.tier >= Tier.VERIFIED and actor.record_id is not None
    found = shelves(queries.mailbox_of(actor)) if readable else None
    context = {
        "decision": decision,
        "readable": readable,
        "unread": found.unread if found else 0,
        "folders": links(found, "") if found else [],
        "unmet": [entry for entry in decision.requirements if entry.met is False],
        "name": request.user.preferred_name or (request.user.record.first_name if request.user.record else ""),  # type: ignore[union-attr]
    }
    return render(request, "messaging/mailbox/dashboard.html", context)
