"""The landing page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def landing(request: HttpRequest) -> HttpResponse:
    """What the portal is, who may use it, and how to sign in."""
    return render(request, "public/landing.html")
