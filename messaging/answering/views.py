"""Keeping the team's answer while it is typed, and what becomes of texts that are not sent."""

import uuid
from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from messaging.answering import actions
from messaging.answering.queries import put_away_of
from messaging.answering.rows import AnswerChanged
from messaging.disclosure import disclose
from messaging.inbox.forms import StaffReplyForm
from messaging.mailbox import tickets
from messaging.mailbox.autosave import problem, saved
from messaging.web import actor_of, chosen_zone, domain_errors, is_prefetch
from smportal import times
from smportal.actor import ActorKind
from smportal.errors import Conflict, DomainError, NotFound

LEFT = (
    "You no longer have access to this conversation, so nothing was sent. What you wrote is kept there for the team "
    "as an answer that is not sent yet."
)
LEFT_EMPTY = "You no longer have access to this conversation, so nothing was sent."

View = Callable[[HttpRequest, uuid.UUID], HttpResponse]


def kept_for_team(view: View) -> View:
    """Keep what somebody posts who has lost the conversation while writing, and say so; others find nothing (404)."""

    @wraps(view)
    def wrapped(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
        try:
            return view(request, conversation_id)
        except NotFound:
            kept = _keep_for_team(request, conversation_id)
            if kept is None:
                raise
            context = {"text": LEFT if kept else LEFT_EMPTY}
            return render(request, "messaging/answering/left.html", context, status=403)

    return wrapped


def _keep_for_team(request: HttpRequest, conversation_id: uuid.UUID) -> bool | None:
    """Return whether the text was kept; None for a form that is not the actor's, and so nobody's."""
    actor, ticket = actor_of(request), tickets.read(request.POST.get(tickets.FIELD, ""))
    form = StaffReplyForm(request.POST)
    if actor.kind is not ActorKind.STAFF or ticket is None or not form.is_valid():
        return None
    draft_id, version = form.key()
    if (ticket.account_id, ticket.conversation_id, ticket.draft_id) != (actor.account_id, conversation_id, draft_id):
        return None
    return actions.keep_of_one_who_left(actor=actor, ticket=ticket, version=version, content=form.content())


def autosave(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Keep the answer while it is typed: a small JSON answer for the page's script."""
    form = StaffReplyForm(request.POST)
    if not form.is_valid():
        field, errors = next(iter(form.errors.items()))
        return problem(400, str(errors[0]), field)
    draft_id, version = form.key()
    url = reverse("team_conversation", args=[conversation_id])
    try:
        draft = actions.save_answer(
            actor=actor_of(request),
            conversation_id=conversation_id,
            draft_id=draft_id,
            version=version,
            content=form.content(),
        )
    except Conflict as error:
        changed = error.code == "draft_changed"
        line = "Not saved: a colleague saved another text" if changed else "Not saved: a colleague has sent the answer"
        words = {"line": line, "other_text": "Open the conversation in a new tab"}
        return problem(409, conflict_text(request, error), code=error.code, other_url=url, **words)
    except NotFound as error:
        kept = _keep_for_team(request, conversation_id)
        return problem(404, error.text if kept is None else LEFT if kept else LEFT_EMPTY)
    except DomainError as error:
        return problem(400, error.text, error.field)
    return JsonResponse(saved(request, draft, draft_id, conversation_id, url))


def conflict_text(request: HttpRequest, error: Conflict) -> str:
    """Return what happened, with when, in the viewer's zone."""
    if not isinstance(error, AnswerChanged):
        return error.text
    zone = times.viewer_zone(chosen_zone(request), error.zone)
    when = times.moment(error.saved_at, zone)
    return (
        f"{error.by} saved another text of this answer on {when}. Nothing was overwritten, and your text is still "
        "on this page."
    )


@domain_errors
def give_up(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Put the answer away."""
    draft = actions.give_up(actor=actor_of(request), conversation_id=conversation_id)
    if draft is not None:
        messages.success(request, "The answer was put away. You find it under “Earlier texts”, for 30 days.")
    return redirect("team_conversation", conversation_id)


@domain_errors
def put_away(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """The texts that were put away."""
    if is_prefetch(request):
        return HttpResponse(status=204)
    opened = disclose(actor=actor_of(request), conversation_id=conversation_id)
    zone = times.viewer_zone(chosen_zone(request), opened.team.facility.time_zone)
    context = {"conversation": opened, "texts": put_away_of(opened, zone=zone)}
    return render(request, "messaging/answering/put_away.html", context)


@domain_errors
def bring_back(request: HttpRequest, conversation_id: uuid.UUID, draft_id: uuid.UUID) -> HttpResponse:
    """Go on with one of them."""
    actions.bring_back(actor=actor_of(request), conversation_id=conversation_id, draft_id=draft_id)
    messages.success(request, "This text is the answer now.")
    return redirect(f"{reverse('team_conversation', args=[conversation_id])}#reply")
