"""The pages of search. What is asked for is posted and kept; addresses carry its id and nothing else."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode

from messaging.inbox.desk import Desk, desk_of
from messaging.inbox.views import queue_links
from messaging.mailbox import queries as mailbox_queries
from messaging.mailbox.folders.queries import Shelves, shelves
from messaging.mailbox.navigation import links
from messaging.search import actions, own, queries, team
from messaging.search.forms import OwnSearchForm, TeamSearchForm
from messaging.search.queries import Results
from messaging.search.slots import Busy
from messaging.web import actor_of, chosen_zone, cursor_of, domain_errors, is_prefetch, show_error
from smportal.errors import DomainError, NotFound

RETRY_SECONDS = 3
MOST_BEFORE = 1_000_000


@domain_errors
def search(request: HttpRequest) -> HttpResponse:
    """The veteran's search form; posting it keeps the search and leads to its results."""
    actor = actor_of(request)
    mailbox = mailbox_queries.mailbox_of(actor)
    found = shelves(mailbox)
    form = own_form(own.teams_of(mailbox), found, request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _own_page(request, found, form)
    if not form.is_valid():
        return _own_page(request, found, form, status=400)
    try:
        search_id = actions.keep(actor=actor, criteria=form.criteria())
    except DomainError as error:
        return _own_page(request, found, form, status=show_error(form, error))
    return redirect("mailbox_search_results", search_id)


@domain_errors
def results(request: HttpRequest, search_id: uuid.UUID) -> HttpResponse:
    """One page of what a veteran's search finds; a search that has run out, or was never there, says so."""
    if is_prefetch(request):
        return HttpResponse(status=204)
    actor, cursor, before = actor_of(request), cursor_of(request), shown_before(request)
    mailbox = mailbox_queries.mailbox_of(actor)
    teams, own_shelves = own.teams_of(mailbox), shelves(mailbox)
    try:
        criteria = queries.criteria_of(actor, search_id)
    except NotFound:
        return _own_page(request, own_shelves, own_form(teams, own_shelves), status=404, is_gone=True)
    form = own_form(teams, own_shelves, initial=criteria)
    try:
        found = own.found_in(
            actor,
            mailbox,
            search_id,
            criteria,
            teams,
            shelves=own_shelves,
            cursor=cursor,
            before=before,
            zone=chosen_zone(request),
        )
    except Busy as busy:
        again_url = request.get_full_path()
        return busy_page(_own_page(request, own_shelves, form, status=429, busy=busy, again_url=again_url))
    url = reverse("mailbox_search_results", args=[search_id])
    return _own_page(request, own_shelves, form, results=found, **onward(url, found))


def own_form(teams: own.OwnTeams, found: Shelves, data: Any = None, *, initial: Any = None) -> OwnSearchForm:
    """Return the veteran's form with its choices."""
    choices = [(str(team_id), team.name) for team_id, team in teams.items()]
    return OwnSearchForm(data, teams=choices, places=own.places(found), initial=initial_of(initial))


def initial_of(criteria: Any) -> dict[str, Any]:
    """Return a search's fields as a form shows them."""
    if criteria is None:
        return {}
    return {name: getattr(criteria, name) for name in criteria.__dataclass_fields__}


def _own_page(
    request: HttpRequest, own_shelves: Shelves, form: OwnSearchForm, *, status: int = 200, **found: Any
) -> HttpResponse:
    context = {"form": form, "folders": links(own_shelves, ""), **found}
    return render(request, "messaging/search/own.html", context, status=status)


@domain_errors
def team_search(request: HttpRequest) -> HttpResponse:
    """Staff's search form; posting it keeps the search and leads to its results."""
    desk = desk_of(actor_of(request), zone=chosen_zone(request))
    form = team_form(desk, request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _team_page(request, desk, form)
    if not form.is_valid():
        return _team_page(request, desk, form, status=400)
    try:
        criteria = team.checked(desk, team.recent(desk, form.criteria(), wanted="recent" in request.POST))
        search_id = actions.keep(actor=desk.actor, criteria=criteria)
    except DomainError as error:
        if isinstance(error, team.ChooseVeteran):
            form.offer_veterans([(str(choice.record_id), choice.label) for choice in error.choices])
        return _team_page(request, desk, form, status=show_error(form, error))
    return redirect("team_search_results", search_id)


@domain_errors
def team_results(request: HttpRequest, search_id: uuid.UUID) -> HttpResponse:
    """One page of what a care team member's search finds."""
    if is_prefetch(request):
        return HttpResponse(status=204)
    cursor, before = cursor_of(request), shown_before(request)
    desk = desk_of(actor_of(request), zone=chosen_zone(request))
    try:
        criteria = queries.criteria_of(desk.actor, search_id)
    except NotFound:
        return _team_page(request, desk, team_form(desk), status=404, is_gone=True)
    form = team_form(desk, initial=criteria)
    try:
        found = team.found_by(desk, search_id, criteria, cursor=cursor, before=before)
    except Busy as busy:
        return busy_page(_team_page(request, desk, form, status=429, busy=busy, again_url=request.get_full_path()))
    if chosen := team.chosen(desk, criteria):
        form.offer_veterans([(str(chosen.record_id), chosen.label), ("", "Another veteran of this name")])
    url = reverse("team_search_results", args=[search_id])
    return _team_page(request, desk, form, results=found, **onward(url, found))


def team_form(desk: Desk, data: Any = None, *, initial: Any = None) -> TeamSearchForm:
    """Return staff's form with its choices."""
    return TeamSearchForm(
        data,
        teams=[(str(team_id), own_team.name) for team_id, own_team in desk.teams.items()],
        assignees=[(team.ME, "Me"), (team.NOBODY, "Nobody"), *team.colleagues(desk)],
        initial=initial_of(initial),
    )


def _team_page(
    request: HttpRequest, desk: Desk, form: TeamSearchForm, *, status: int = 200, **found: Any
) -> HttpResponse:
    context = {"form": form, "queues": queue_links(desk, None), **found}
    return render(request, "messaging/search/team.html", context, status=status)


def onward(url: str, found: Results[Any]) -> dict[str, Any]:
    """Return where the results go on, and where they begin."""
    query = urlencode({"page": str(found.after), "shown": str(found.shown)})
    return {"next_url": f"{url}?{query}" if found.after else "", "first_url": url if found.before else ""}


def shown_before(request: HttpRequest) -> int:
    """Return how many results the pages before this one showed. Raises NotFound for anything but a number."""
    typed = request.GET.get("shown", "0")
    if not (typed.isascii() and typed.isdigit() and len(typed) < 8) or int(typed) > MOST_BEFORE:
        raise NotFound
    return int(typed)


def busy_page(response: HttpResponse) -> HttpResponse:
    """Say when to try again."""
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response
