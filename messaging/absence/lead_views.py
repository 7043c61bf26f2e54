"""Absences that a triage lead enters for a member who can't."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from messaging.absence import actions, queries
from messaging.absence.forms import AbsenceForm
from messaging.inbox.desk import desk_of
from messaging.inbox.views import queue_links
from messaging.web import actor_of, chosen_zone, domain_errors, show_error
from smportal.errors import DomainError


@domain_errors
def members(request: HttpRequest) -> HttpResponse:
    """The members of led teams, and when they are away."""
    actor = actor_of(request)
    context = {
        "members": queries.led_members(actor),
        "queues": queue_links(desk_of(actor, zone=chosen_zone(request)), None),
    }
    return render(request, "messaging/absence/members.html", context)


@domain_errors
def enter(request: HttpRequest, staff_id: uuid.UUID) -> HttpResponse:
    """Enter an absence for a member of a led team."""
    actor = actor_of(request)
    member = queries.for_member(actor, staff_id)
    data = request.POST if request.method == "POST" else None
    form = AbsenceForm(data, teams=member.teams, whom=member.name, initial={"key": uuid.uuid4()})
    status = 200 if data is None else 400
    if form.is_valid():
        typed = form.cleaned_data
        try:
            actions.enter_for(
                actor=actor,
                staff_id=staff_id,
                absence_id=typed["key"],
                first_date=typed["first_date"],
                last_date=typed["last_date"],
                note=typed["note"],
                surrogates=form.surrogates(),
            )
        except DomainError as error:
            status = show_error(form, error)
        else:
            messages.success(request, f"{member.name} is marked as away, and was told by email.")
            return redirect("members_away")
    context = {
        "form": form,
        "member": member,
        "queues": queue_links(desk_of(actor, zone=chosen_zone(request)), None),
    }
    return render(request, "messaging/absence/for_member.html", context, status=status)


@domain_errors
def end(request: HttpRequest, absence_id: uuid.UUID) -> HttpResponse:
    """End what a lead entered: the member is back, or it was a mistake."""
    actions.end_entered(actor=actor_of(request), absence_id=absence_id)
    messages.success(request, "The absence has ended.")
    return redirect("members_away")
