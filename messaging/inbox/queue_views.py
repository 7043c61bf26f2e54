"""The queues' pages."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from messaging.absence.queries import standing
from messaging.alarms.queries import alarms_of
from messaging.inbox import queries
from messaging.inbox.desk import Desk, desk_of
from messaging.inbox.filtering import NarrowForm, chips, narrowing_of
from messaging.inbox.queries import LABELS, OPEN_QUEUES
from messaging.inbox.state import QueueState
from messaging.inbox.views import count_text, queue_links
from messaging.search.team import ChooseVeteran
from messaging.web import actor_of, chosen_zone, domain_errors, show_error
from smportal.errors import InvalidInput, NotFound


@domain_errors
def queue(request: HttpRequest, name: str) -> HttpResponse:
    """One queue of the actor's teams; posting its filter form leads to the address of what was chosen."""
    state = QueueState.of(name, request.GET)
    desk = desk_of(actor_of(request), zone=chosen_zone(request))
    if request.method != "POST":
        form = NarrowForm(desk=desk, state=state) if "filter" in request.GET else None
        return _page(request, desk, state, form)
    form = NarrowForm(request.POST, desk=desk, state=state)
    if not form.is_valid():
        return _page(request, desk, state, form, status=400)
    try:
        chosen = form.chosen()
    except InvalidInput as error:
        if isinstance(error, ChooseVeteran):
            form.offer(list(error.choices))
        return _page(request, desk, state, form, status=show_error(form, error))
    return redirect(QueueState(state.queue, chosen).url())


def _page(
    request: HttpRequest, desk: Desk, state: QueueState, form: NarrowForm | None, *, status: int = 200
) -> HttpResponse:
    narrowing = narrowing_of(desk, state)
    used = chips(desk, state)
    view = queries.queue_view(desk.actor, state.queue, state.cursor, desk=desk, narrowing=narrowing)
    names = {team_id: team.name for team_id, team in desk.teams.items()}
    context: dict[str, Any] = {
        "heading": LABELS[state.queue],
        "current": state.queue.value,
        "state": state,
        "is_open": state.queue in OPEN_QUEUES,
        "alarms": alarms_of(desk),
        "standing": standing(desk.actor, desk.cover, names),
        "chips": used,
        "total": _total(queries.narrowed_count(state.queue, narrowing)) if used else "",
        "form": form,
        "filter_url": state.url(filter="1"),
        **_news_of(state, desk),
        "urgent": view.urgent,
        "page": view.page,
        "all_selected": request.GET.get("selected") == "all",
        "here": state.here(),
        "query": state.here().partition("?")[2],
        "select_url": state.here(selected="all"),
        "queues": queue_links(desk, state.queue),
        "previous_url": state.url(page=view.page.previous) if view.page.previous else "",
        "next_url": state.url(page=view.page.following) if view.page.following else "",
        "first_url": state.url() if state.cursor else "",
    }
    return render(request, "messaging/inbox/queue.html", context, status=status)


def _news_of(state: QueueState, desk: Desk) -> dict[str, str]:
    """Return where to ask what is new since now, and where it shows; nothing where nothing waits for the team."""
    if state.queue not in OPEN_QUEUES:
        return {}
    later = state.news(int(desk.now.timestamp()))
    news_url = reverse("team_queue_news", args=[state.queue.value]) + later.chosen.encoded()
    return {"news_url": news_url, "show_url": later.url()}


@domain_errors
def news(request: HttpRequest, name: str) -> JsonResponse:
    """How many conversations have come to a queue, as narrowed, since its page was shown: a number, and nobody's name.

    The page asks by itself, which keeps no session alive.
    """
    state = QueueState.of(name, request.GET)
    if not state.chosen.new:
        raise NotFound
    desk = desk_of(actor_of(request), zone=chosen_zone(request))
    count = queries.narrowed_count(state.queue, narrowing_of(desk, state))
    words = "new conversation" if count == 1 else "new conversations"
    return JsonResponse({"count": count, "text": f"{count_text(count)} {words}" if count else ""})


def _total(count: int) -> str:
    """Return "1 conversation", or "1,000+ conversations" where counting stopped."""
    return "1 conversation" if count == 1 else f"{count_text(count) or 'No'} conversations"
