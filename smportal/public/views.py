"""Pages that anybody may see."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts import sign_in
from smportal.public import queries
from smportal.public.forms import FacilitySearch
from smportal.public.questions import ANSWERS
from smportal.public.subjects import SUBJECTS, structured_data


def landing(request: HttpRequest) -> HttpResponse:
    """What the portal is, who may use it, and how to sign in."""
    context = {
        "subjects": SUBJECTS,
        "structured_data": structured_data(),
        "sign_in_choices": sign_in.choices(),
        "staff_choice": sign_in.staff_choice(),
    }
    return render(request, "public/landing.html", context)


def help_page(request: HttpRequest) -> HttpResponse:
    """Frequently asked questions."""
    return render(request, "public/help.html", {"sections": ANSWERS, "nav": "help"})


def protect_your_copy(request: HttpRequest) -> HttpResponse:
    """How to look after what one has printed or downloaded."""
    return render(request, "public/protect_your_copy.html", {"nav": "help"})


def facility_finder(request: HttpRequest) -> HttpResponse:
    """VA facilities by name, state or station number. Nothing private, so the search may stand in the URL."""
    form = FacilitySearch(request.GET or None)
    page = queries.facilities(form.wanted()) if form.is_valid() else None
    return render(request, "public/facility_finder.html", {"form": form, "page": page, "nav": "finder"})
