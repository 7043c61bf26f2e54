"""The reports, as a page and as a file."""

import datetime as dt

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from messaging.reports import queries
from messaging.reports.figures import WEEKDAYS
from messaging.reports.forms import ReportForm, default_days
from messaging.reports.queries import Report
from messaging.reports.scope import ReportScope, scope_of
from messaging.reports.spreadsheet import as_csv
from messaging.web import actor_of, chosen_zone, domain_errors
from smportal import clock, times


@domain_errors
def reports(request: HttpRequest) -> HttpResponse:
    """Response times and volumes of what the actor leads or administers."""
    scope, zone = _asked(request)
    form = _form(request, scope, clock.today(zone))
    return _page(request, form, _made(form, scope, zone))


@domain_errors
def reports_csv(request: HttpRequest) -> HttpResponse:
    """The table of response times as a file for a spreadsheet."""
    scope, zone = _asked(request)
    form = _form(request, scope, clock.today(zone))
    made = _made(form, scope, zone, every_team=True)
    if made is None:
        return _page(request, form, None)
    return HttpResponse(
        as_csv(made),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="response-times.csv"'},
    )


def _page(request: HttpRequest, form: ReportForm, made: Report | None) -> HttpResponse:
    context = {
        "form": form,
        "report": made,
        "days": WEEKDAYS,
        "query": request.GET.urlencode(),
        "is_member": actor_of(request).staff_id is not None,
    }
    return render(request, "messaging/reports/reports.html", context, status=200 if made else 400)


def _asked(request: HttpRequest) -> tuple[ReportScope, dt.tzinfo]:
    scope = scope_of(actor_of(request))
    return scope, times.viewer_zone(chosen_zone(request), scope.zone)


def _form(request: HttpRequest, scope: ReportScope, today: dt.date) -> ReportForm:
    if request.GET:
        return ReportForm(request.GET, scope=scope, today=today)
    days = default_days(today)
    form = ReportForm(initial=days, scope=scope, today=today)
    form.cleaned_data = {**days, "facility": None, "team": None}
    return form


def _made(form: ReportForm, scope: ReportScope, zone: dt.tzinfo, *, every_team: bool = False) -> Report | None:
    """Return the report that was asked for, None when the form has errors."""
    if form.is_bound and not form.is_valid():
        return None
    facility_id, team_id = form.chosen()
    chosen = scope.narrowed(facility_id=facility_id, team_id=team_id)
    return queries.report(chosen, form.cleaned_data["first"], form.cleaned_data["last"], zone, every_team=every_team)
