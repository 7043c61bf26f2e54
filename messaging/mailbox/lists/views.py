"""The veteran's lists."""

import uuid
from collections.abc import Collection

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messaging.keyset import Page
from messaging.mailbox import queries
from messaging.mailbox.folders.queries import Shelves, Tally, shelves
from messaging.mailbox.lists.filters import Sort
from messaging.mailbox.lists.queries import ListRow, folder_page, place_page, sent_page, teams_of
from messaging.mailbox.lists.state import ListState
from messaging.mailbox.navigation import links
from messaging.mailbox.queries import Mailbox
from messaging.models import Category, Place
from messaging.web import actor_of, chosen_zone, domain_errors


@domain_errors
def inbox(request: HttpRequest) -> HttpResponse:
    """Conversations, the newest message first."""
    return shown(request, ListState.of("inbox", request.GET))


@domain_errors
def sent(request: HttpRequest) -> HttpResponse:
    """What the veteran sent, and what became of it."""
    return shown(request, ListState.of("sent", request.GET))


@domain_errors
def trash(request: HttpRequest) -> HttpResponse:
    """Conversations put away; the care record keeps them."""
    return shown(request, ListState.of("trash", request.GET))


@domain_errors
def folder(request: HttpRequest, folder_id: uuid.UUID) -> HttpResponse:
    """Conversations of an own folder."""
    return shown(request, ListState.of(str(folder_id), request.GET))


def shown(
    request: HttpRequest, state: ListState, *, error: str = "", picked: Collection[uuid.UUID] = ()
) -> HttpResponse:
    """Show one page of a list; `error` stands beside the buttons, and what was `picked` stays so."""
    mailbox = queries.mailbox_of(actor_of(request))
    found = shelves(mailbox)
    heading, tally = _heading(state, found)
    page = _page_of(mailbox, found, state, chosen_zone(request))
    if state.cursor and not page.rows:
        return redirect(state.url())
    by_team = state.chosen.sort.is_by_team
    context = {
        "state": state,
        "chosen": state.chosen,
        "form": state.form,
        "page": page,
        "heading": heading,
        "total": _total(tally),
        "error": error,
        "picked": picked,
        "folders": links(found, state.current),
        "elsewhere": [each for each in found.folders if each.unread] if state.key == "inbox" else [],
        "own_folder": found.folder(state.folder_id) if state.folder_id else None,
        "all_selected": "select" in request.GET,
        "here": state.here(),
        "query": state.here().partition("?")[2],
        "select_url": state.url(page=str(state.cursor or ""), select="all"),
        "previous_url": state.url(page=page.previous) if page.previous else "",
        "next_url": state.url(page=page.following) if page.following else "",
        **_turning(state.chosen.sort, by_team=by_team),
        "sorts": Sort.choices,
        "categories": Category.choices,
        "teams": teams_of(mailbox),
    }
    status = 400 if error or state.form else 200
    return render(request, "messaging/mailbox/list.html", context, status=status)


def _page_of(mailbox: Mailbox, found: Shelves, state: ListState, zone: str) -> Page[ListRow]:
    if state.folder_id:
        return folder_page(mailbox, state.folder_id, state.chosen, state.cursor, zone=zone)
    if state.key == "sent":
        return sent_page(mailbox, state.chosen, state.cursor, zone=zone)
    if state.key == "trash":
        return place_page(mailbox, Place.TRASH, state.chosen, state.cursor, zone=zone)
    return place_page(mailbox, Place.INBOX, state.chosen, state.cursor, zone=zone, strays=found.strays)


def _heading(state: ListState, found: Shelves) -> tuple[str, Tally | None]:
    """Return the page's heading and what the place holds. Raises NotFound for a folder that is not the veteran's."""
    if state.folder_id:
        own = found.folder(state.folder_id)
        return own.name, Tally(own.total, own.unread)
    return {"inbox": (_("Inbox"), found.inbox), "trash": (_("Trash"), found.trash)}.get(state.key, (_("Sent"), None))


def _total(tally: Tally | None) -> str:
    """Return how many conversations there are, and how many of them unread."""
    if tally is None or not tally.total:
        return ""
    total = ngettext("%(count)s conversation", "%(count)s conversations", tally.total)
    words = total % {"count": f"{tally.total:,}"}
    return f"{words}, {_('%(count)s unread') % {'count': f'{tally.unread:,}'}}" if tally.unread else words


def _turning(sort: Sort, *, by_team: bool) -> dict[str, str]:
    """Return what the links to the neighbouring pages are called in this order."""
    if by_team:
        return {"previous_text": _("Previous page"), "next_text": _("Next page")}
    newer, older = _("Newer messages"), _("Older messages")
    if sort is Sort.OLDEST:
        return {"previous_text": older, "next_text": newer}
    return {"previous_text": newer, "next_text": older}
