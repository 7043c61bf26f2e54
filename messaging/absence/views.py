"""One's own absences: entering, changing, ending."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from messaging.absence import actions, queries
from messaging.absence.forms import AbsenceForm
from messaging.web import actor_of, domain_errors, show_error
from smportal.errors import DomainError


@domain_errors
def absences(request: HttpRequest) -> HttpResponse:
    """Show the absences that run or are to come, and enter another."""
    if request.method == "POST":
        return _save(request, None)
    teams = queries.team_choices(actor_of(request))
    return _page(request, AbsenceForm(teams=teams, initial={"key": uuid.uuid4()}), None)


@domain_errors
def absence(request: HttpRequest, absence_id: uuid.UUID) -> HttpResponse:
    """Change one."""
    if request.method == "POST":
        return _save(request, absence_id)
    actor = actor_of(request)
    found = queries.own_absence(actor, absence_id)
    initial = AbsenceForm.initial_of(
        found.id, found.first_date, found.last_date, found.note, queries.surrogates_of(found)
    )
    return _page(request, AbsenceForm(teams=queries.team_choices(actor), initial=initial), absence_id)


def _save(request: HttpRequest, absence_id: uuid.UUID | None) -> HttpResponse:
    actor = actor_of(request)
    if absence_id is not None:
        queries.own_absence(actor, absence_id)
    form = AbsenceForm(request.POST, teams=queries.team_choices(actor))
    if not form.is_valid():
        return _page(request, form, absence_id, status=400)
    data = form.cleaned_data
    try:
        actions.save_absence(
            actor=actor,
            absence_id=absence_id or data["key"],
            first_date=data["first_date"],
            last_date=data["last_date"],
            note=data["note"],
            surrogates=form.surrogates(),
        )
    except DomainError as error:
        return _page(request, form, absence_id, status=show_error(form, error))
    messages.success(request, "Your absence was saved. Whoever you named is told by email.")
    return redirect("absences")


@domain_errors
def end(request: HttpRequest, absence_id: uuid.UUID) -> HttpResponse:
    """End one now, or call it off."""
    actions.end_absence(actor=actor_of(request), absence_id=absence_id)
    messages.success(request, "Your absence has ended. Nobody stands in for you any more.")
    return redirect("absences")


def _page(request: HttpRequest, form: AbsenceForm, changing: uuid.UUID | None, *, status: int = 200) -> HttpResponse:
    actor = actor_of(request)
    context = {
        "form": form,
        "changing": changing,
        "rows": [] if changing else queries.own_absences(actor),
        "zone": queries.own_zone_text(actor),
    }
    return render(request, "messaging/absence/absences.html", context, status=status)
