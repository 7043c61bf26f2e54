"""The eligibility checklist and the terms of use."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from eligibility import actions, queries, texts
from eligibility.decision import Decision, decide_for
from eligibility.forms import TermsForm
from smportal import times
from smportal.actor import Actor
from smportal.errors import Conflict
from smportal.tiers import Tier


def checklist(request: HttpRequest) -> HttpResponse:
    """What is met, what is not, why, and the next step."""
    actor = _actor(request)
    decision = decide_for(actor)
    # A record found by typed traits may be somebody else's: which teams it has is told to verified sessions only.
    is_verified = actor.tier >= Tier.VERIFIED
    context = {
        "decision": decision,
        "is_verified": is_verified,
        "unmet_count": sum(entry.met is False for entry in decision.requirements),
        "may_write": any(team.may_write for team in decision.teams),
        "may_read": _may_read(actor, decision),
        "blocks": texts.block_alerts(decision.blocks if is_verified else ()),
        "teams": [(team, texts.team_status(team.reason)) for team in decision.teams if team.associated and is_verified],
    }
    return render(request, "eligibility/checklist.html", context)


def terms(request: HttpRequest) -> HttpResponse:
    """The terms of use, and agreeing to them."""
    actor = _actor(request)
    form = TermsForm(request.POST if request.method == "POST" else None, initial={"version": settings.TERMS_VERSION})
    problem = ""
    if form.is_bound and form.is_valid():
        try:
            actions.accept_terms(actor=actor, version=form.cleaned_data["version"])
        except Conflict as conflict:
            problem = conflict.text
        else:
            messages.success(request, _("Thank you. You agreed to the terms of use."))
            return redirect("eligibility")
    elif form.is_bound:
        problem = _("We couldn’t tell which terms you agreed to. Please read them here and agree again.")
    return _terms_page(request, actor, problem)


def _terms_page(request: HttpRequest, actor: Actor, problem: str) -> HttpResponse:
    accepted = queries.terms_accepted_at(actor, version=settings.TERMS_VERSION)
    zone = times.viewer_zone(getattr(request.user, "time_zone", ""), "")
    context = {
        "terms_form": TermsForm(initial={"version": settings.TERMS_VERSION}),
        "version": settings.TERMS_VERSION,
        "accepted_on": times.day(accepted.astimezone(zone).date()) if accepted else "",
        "problem": problem,
    }
    return render(request, "eligibility/terms.html", context, status=409 if problem else 200)


def _may_read(actor: Actor, decision: Decision) -> bool:
    """Tell whether past messages are open to the veteran although sending may not be."""
    is_locked = decision.requirement("verified_credential").code == "record_locked"
    return actor.tier >= Tier.VERIFIED and actor.record_id is not None and not is_locked


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor
