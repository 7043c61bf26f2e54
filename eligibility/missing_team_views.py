"""“My team is missing”: choose a facility, read why a team may be missing there, ask for it."""

import datetime as dt

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from eligibility import missing_team
from eligibility.actions import ask_for_team
from eligibility.forms import MissingTeamForm
from eligibility.missing_team import Asked
from eligibility.models import Facility
from smportal import times
from smportal.actor import Actor
from smportal.errors import Conflict, DomainError, NotFound
from smportal.public import errors, queries
from smportal.public.forms import FacilitySearch


def choose_facility(request: HttpRequest) -> HttpResponse:
    """Search for the facility; the veteran's earlier requests stand below."""
    form = FacilitySearch(request.GET or None)
    context = {
        "form": form,
        "page": queries.facilities(form.wanted()) if form.is_valid() else None,
        "asked": [_shown(request, row) for row in missing_team.asked_by(_actor(request))],
    }
    return render(request, "eligibility/missing_team.html", context)


def ask(request: HttpRequest, slug: str) -> HttpResponse:
    """Why a team of this facility may be missing, and asking for it. `slug` is the station number."""
    facility = missing_team.facility_of(slug)
    if facility is None:
        return errors.not_found(request)
    if request.method != "POST":
        return _page(request, facility, MissingTeamForm())
    form = MissingTeamForm(request.POST)
    if not form.is_valid():
        return _page(request, facility, form, status=400)
    try:
        ask_for_team(actor=_actor(request), facility_id=facility.id, wanted=form.cleaned_data["wanted"])
    except NotFound:
        return errors.not_found(request)
    except DomainError as error:
        if error.code == "already_asked":
            messages.info(request, error.text)
            return redirect("missing_team_ask", slug)
        form.add_error(error.field or None, error.text)
        return _page(request, facility, form, status=409 if isinstance(error, Conflict) else 400)
    messages.success(request, _("Your request was sent to the facility."))
    return redirect("missing_team_ask", slug)


def _page(request: HttpRequest, facility: Facility, form: MissingTeamForm, status: int = 200) -> HttpResponse:
    actor = _actor(request)
    here = [row for row in missing_team.asked_by(actor) if row.station_number == facility.station_number]
    context = {
        "form": form,
        "facility": facility,
        "explanation": missing_team.explain(actor, facility.id),
        "asked": [_shown(request, row) for row in here],
        "waits": any(not row.answer for row in here),
    }
    return render(request, "eligibility/missing_team_ask.html", context, status=status)


def _shown(request: HttpRequest, row: Asked) -> dict[str, str]:
    return {
        "station_number": row.station_number,
        "facility_name": row.facility_name,
        "asked_on": _day(request, row.asked_at),
        "answer": row.answer,
        "answered_on": _day(request, row.answered_at) if row.answered_at else "",
    }


def _day(request: HttpRequest, instant: dt.datetime) -> str:
    zone = times.viewer_zone(getattr(request.user, "time_zone", ""), "")
    return times.day(instant.astimezone(zone).date())


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor
