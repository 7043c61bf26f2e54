"""Settings of the teams that somebody leads."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from eligibility.models import CareTeam
from messaging.acknowledging import actions, queries
from messaging.acknowledging.forms import AcknowledgementForm
from messaging.inbox.desk import desk_of
from messaging.inbox.views import queue_links
from messaging.web import actor_of, chosen_zone, domain_errors, show_error
from smportal.errors import DomainError, NotFound


@domain_errors
def led_teams(request: HttpRequest) -> HttpResponse:
    """List the teams that the actor leads."""
    desk = desk_of(actor_of(request), zone=chosen_zone(request))
    if not desk.leads:
        raise NotFound
    context = {"teams": queries.led_teams(desk.actor), "queues": queue_links(desk, None)}
    return render(request, "messaging/acknowledging/teams.html", context)


@domain_errors
def settings_page(request: HttpRequest, team_id: uuid.UUID) -> HttpResponse:
    """Show and save the automatic acknowledgement of a team that the actor leads."""
    actor = actor_of(request)
    team = queries.led_team(actor, team_id)
    if request.method != "POST":
        return _page(request, team, AcknowledgementForm(initial=AcknowledgementForm.initial_of(team)))
    form = AcknowledgementForm(request.POST)
    if not form.is_valid():
        return _page(request, team, form, status=400)
    data = form.cleaned_data
    try:
        actions.set_acknowledgement(
            actor=actor,
            team_id=team_id,
            when=data["acknowledgement"],
            text=data["acknowledgement_text"],
            text_es=data["acknowledgement_text_es"],
        )
    except DomainError as error:
        return _page(request, team, form, status=show_error(form, error))
    messages.success(request, f"The automatic reply of {team.internal_name} was saved.")
    return redirect("team_settings")


def _page(request: HttpRequest, team: CareTeam, form: AcknowledgementForm, *, status: int = 200) -> HttpResponse:
    desk = desk_of(actor_of(request), zone=chosen_zone(request))
    context = {"team": team, "form": form, "queues": queue_links(desk, None)}
    return render(request, "messaging/acknowledging/settings.html", context, status=status)
