"""Choosing the care team: a step of its own, so that nobody writes to the wrong one by a slip."""

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from eligibility.decision import Decision, decide_for
from messaging.mailbox import queries, teams
from messaging.mailbox.drafts import choose_team as choose_draft_team_action
from messaging.mailbox.drafts import own_draft
from messaging.mailbox.forms import ChooseTeamForm
from messaging.mailbox.navigation import folders
from messaging.web import actor_of, domain_errors
from smportal.errors import NotFound

FIND = "find_team"


@domain_errors
def choose_team(request: HttpRequest) -> HttpResponse:
    """Choose whom a new message goes to."""
    decision = decide_for(actor_of(request))
    if request.method != "POST" or FIND in request.POST:
        return show_choice(request, decision)
    form = ChooseTeamForm(request.POST)
    offered = teams.choice(decision, []).team_ids
    if form.refuse_unknown(offered):
        return show_choice(request, decision, form, status=400)
    return redirect("compose_to", form.cleaned_data["team"])


@domain_errors
def choose_draft_team(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """Choose whom a draft goes to; what was typed in it stays as it is."""
    actor = actor_of(request)
    draft = own_draft(actor, draft_id)
    if draft is None or draft.conversation_id is not None:
        raise NotFound
    decision = decide_for(actor)
    if request.method != "POST" or FIND in request.POST:
        return show_choice(request, decision, draft_id=draft_id, chosen=draft.team_id)
    form = ChooseTeamForm(request.POST)
    if form.refuse_unknown(teams.choice(decision, []).team_ids):
        return show_choice(request, decision, form, draft_id=draft_id, status=400)
    choose_draft_team_action(actor=actor, draft_id=draft_id, team_id=form.cleaned_data["team"])
    return redirect("edit_draft", draft_id)


def show_choice(
    request: HttpRequest,
    decision: Decision,
    form: ChooseTeamForm | None = None,
    *,
    draft_id: uuid.UUID | None = None,
    chosen: uuid.UUID | None = None,
    status: int = 200,
) -> HttpResponse:
    """Return the page with the teams to choose from, or those that fit what was looked for."""
    mailbox = queries.mailbox_of(actor_of(request))
    find = request.POST.get("find", "")[:200]
    context = {
        "form": form or ChooseTeamForm(initial={"find": find}),
        "choice": teams.choice(decision, queries.recent_team_ids(mailbox), find=find),
        "find": find,
        "chosen": chosen,
        "action": reverse("choose_draft_team", args=[draft_id]) if draft_id else reverse("choose_team"),
        "back": reverse("edit_draft", args=[draft_id]) if draft_id else reverse("mailbox_inbox"),
        "has_draft": draft_id is not None,
        "folders": folders(mailbox, ""),
    }
    return render(request, "messaging/mailbox/choose_team.html", context, status=status)
