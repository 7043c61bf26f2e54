"""The page where a My HealtheVet account is connected to a health record."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from accounts import sessions
from accounts.models import Level
from accounts.oidc.texts import VA_INFORMATION_PHONE
from accounts.traits import actions, queries
from accounts.traits.forms import TraitsForm
from accounts.traits.queries import Standing
from smportal.actor import Actor
from smportal.errors import Refused


@sensitive_post_parameters()
def connect_record(request: HttpRequest) -> HttpResponse:
    """Ask for the traits, or say what comes next once the account is connected."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    standing = queries.standing_of(actor)
    if standing is Standing.ELSEWHERE:
        return redirect("oidc_verify")
    if request.method == "POST":
        return _posted(request, actor) if standing is Standing.MAY_TRY else redirect("connect_record")
    if standing is Standing.CONNECTED:
        context = {"may_rise": queries.is_below_premium(actor), "phone": VA_INFORMATION_PHONE}
        return render(request, "accounts/record_connected.html", context)
    return render(request, "accounts/connect_record.html", {"form": TraitsForm()})


def _posted(request: HttpRequest, actor: Actor) -> HttpResponse:
    form = TraitsForm(request.POST)
    if not form.is_valid():
        return render(request, "accounts/connect_record.html", {"form": form}, status=400)
    try:
        connected = actions.connect(actor=actor, traits=form.traits(), keep_session=request.session.session_key)
    except Refused:
        # Too many tries, or another window of this account was quicker.
        return _stopped(request, too_many=True)
    if not connected:
        return _stopped(request, too_many=False)
    sessions.prove_level(request, Level.ADVANCED)
    messages.success(request, _("Your account is now an Advanced account."))
    return redirect("connect_record")


def _stopped(request: HttpRequest, *, too_many: bool) -> HttpResponse:
    context = {"too_many": too_many, "phone": VA_INFORMATION_PHONE}
    return render(request, "accounts/connect_record_stopped.html", context, status=429 if too_many else 403)
