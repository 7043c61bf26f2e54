"""Writing: the urgent-needs page, a new message, a reply."""

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html

from eligibility.decision import Decision, TeamDecision, decide_for
from messaging import disclosure
from messaging.attachments.web import receive
from messaging.mailbox import queries, tickets, urgent
from messaging.mailbox.continuing import draft_reference
from messaging.mailbox.drafts import (
    DraftChangedElsewhere,
    DraftContent,
    content_of,
    keep_copy,
    own_draft,
    save_draft,
)
from messaging.mailbox.forms import ComposeForm, DraftKey, ReplyForm
from messaging.mailbox.navigation import folders
from messaging.mailbox.queries import Mailbox
from messaging.mailbox.thread import conversation_context
from messaging.models import Draft, Message
from messaging.text import BODY_MOST, SUBJECT_MOST
from messaging.web import actor_of, domain_errors, show_error
from smportal.actor import Actor
from smportal.errors import DomainError, NotFound

SEEN_URGENT = "seen_urgent_needs"


def urgent_needs(request: HttpRequest) -> HttpResponse:
    """What to do when it cannot wait: before the first message of a session."""
    if request.method == "POST":
        request.session[SEEN_URGENT] = True
        return redirect("compose")
    return render(request, "messaging/mailbox/urgent_needs.html")


@domain_errors
def compose(request: HttpRequest) -> HttpResponse:
    """An empty form for a new message, or its Save draft and Send."""
    actor = actor_of(request)
    if request.method == "POST":
        return _posted(request, actor)
    decision = decide_for(actor)
    if not request.session.get(SEEN_URGENT):
        return redirect("urgent_needs")
    if not any(team.may_write for team in decision.teams):
        return redirect("eligibility")
    return _page(request, ComposeForm(initial={"draft_id": uuid.uuid4(), "version": 0}), decision)


@domain_errors
def edit_draft(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """A kept draft, to go on writing. A reply's draft is in its conversation."""
    actor = actor_of(request)
    draft = own_draft(actor, draft_id)
    if draft is None or draft.deleted_at is not None:
        raise NotFound
    if draft.conversation_id:
        return redirect("mailbox_conversation", draft.conversation_id)
    content = content_of(draft)
    initial = {"draft_id": draft.id, "version": draft.version, "team": content.team_id}
    initial |= {"category": content.category, "subject": content.subject, "body": content.body}
    return _page(request, ComposeForm(initial=initial), decide_for(actor))


def _posted(request: HttpRequest, actor: Actor) -> HttpResponse:
    form, received = ComposeForm(request.POST), receive(request)
    if not form.is_valid() or (urgent.is_send(request) and received.any_refused):
        return _page(request, form, decide_for(actor), status=400)
    draft_id, version = form.key()
    try:
        if "copy" in request.POST:
            return _copied(request, keep_copy(actor=actor, content=form.content()))
        if urgent.GO_BACK in request.POST:
            return _page(request, form, decide_for(actor))
        if urgent.is_send(request):
            return _confirmed(urgent.send(request, form, received.ids))
        return _saved(request, save_draft(actor=actor, draft_id=draft_id, version=version, content=form.content()))
    except NotFound:
        raise
    except DomainError as error:
        status = show_error(form, error)
        refreshed(form, actor)
        return _page(request, form, decide_for(actor), status=status, conflict=isinstance(error, DraftChangedElsewhere))


def _confirmed(sent: Message | HttpResponse) -> HttpResponse:
    """Go to the confirmation of a message that went out; show the page that asks first otherwise."""
    return redirect("sent_confirmation", sent.id) if isinstance(sent, Message) else sent


def refreshed(form: DraftKey, actor: Actor) -> None:
    """Show the version that a refused send may have kept meanwhile, so that the next try is not a conflict."""
    draft = own_draft(actor, form.cleaned_data["draft_id"])
    if draft is not None:
        form.data = {**form.data.dict(), "version": str(draft.version)}  # type: ignore[attr-defined]


def _saved(request: HttpRequest, draft: Draft | None) -> HttpResponse:
    if draft is None:
        messages.info(request, "There was nothing to save yet.")
        return redirect("mailbox_drafts")
    messages.success(request, "Your draft is saved.")
    return redirect("edit_draft", draft.id)


def _copied(request: HttpRequest, draft: Draft | None) -> HttpResponse:
    if draft is not None:
        messages.success(request, "This text is kept as a new draft. The other version is as it was.")
        return redirect("edit_draft", draft.id)
    return _saved(request, draft)


def team_choices(mailbox: Mailbox, decision: Decision) -> list[tuple[str, str]]:
    """Return the teams that may be written to, those written to lately first, each in plain words."""
    recent = queries.recent_team_ids(mailbox)
    rank: Callable[[TeamDecision], tuple[int, str, str]] = lambda team: (  # noqa: E731 - a sort key beside its use
        recent.index(team.team_id) if team.team_id in recent else len(recent),
        team.facility_name,
        team.public_name,
    )
    return [(str(team.team_id), _team_label(team)) for team in sorted(decision.teams, key=rank) if team.may_write]


def _team_label(team: TeamDecision) -> str:
    people = f"Taking part: {', '.join(team.providers)}" if team.providers else ""
    return format_html(
        '<bdi>{}</bdi><span class="usa-radio__label-description">{} at {}{}</span>',
        team.public_name,
        team.care_type_label,
        team.facility_name,
        f". {people}" if people else "",
    )


def _page(
    request: HttpRequest, form: ComposeForm, decision: Decision, status: int = 200, *, conflict: bool = False
) -> HttpResponse:
    mailbox = queries.mailbox_of(actor_of(request))
    form.offer_teams(team_choices(mailbox, decision))
    refers_to = draft_reference(actor_of(request), draft_id) if (draft_id := _draft_of(form)) else None
    context = {
        "form": form,
        "decision": decision,
        "phone": next((team.phone for team in decision.teams if team.may_write and team.phone), ""),
        "subject_most": SUBJECT_MOST,
        "body_most": BODY_MOST,
        "folders": folders(mailbox, ""),
        "conflict": conflict,
        "ticket": tickets.issue(request, form["draft_id"].value()),
        "refers_to": refers_to,
    }
    return render(request, "messaging/mailbox/compose.html", context, status=status)


def _draft_of(form: ComposeForm) -> uuid.UUID | None:
    """Return the draft that a page shows, once it has been saved: a new page has nothing to look up."""
    if form.is_bound:
        return form.cleaned_data.get("draft_id")
    return form.initial["draft_id"] if form.initial["version"] else None


@domain_errors
def reply(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Save or send a reply; an error shows in the conversation, with everything typed still there."""
    actor = actor_of(request)
    form, received = ReplyForm(request.POST), receive(request, conversation_id)
    status, conflict = 400, False
    if form.is_valid() and urgent.GO_BACK in request.POST:
        status = 200
    elif form.is_valid() and not (urgent.is_send(request) and received.any_refused):
        try:
            return _reply_done(request, actor, conversation_id, form, received.ids)
        except NotFound:
            raise
        except DomainError as error:
            status, conflict = show_error(form, error), isinstance(error, DraftChangedElsewhere)
            refreshed(form, actor)
    opened = disclosure.disclose(actor=actor, conversation_id=conversation_id)
    context = conversation_context(request, opened, form) | {"conflict": conflict}
    return render(request, "messaging/mailbox/conversation.html", context, status=status)


def _reply_done(
    request: HttpRequest,
    actor: Actor,
    conversation_id: uuid.UUID,
    form: ReplyForm,
    file_ids: tuple[uuid.UUID, ...],
) -> HttpResponse:
    draft_id, version = form.key()
    body = form.cleaned_data["body"]
    content = DraftContent(body=body)
    if "copy" in request.POST:
        return _copied(request, keep_copy(actor=actor, content=content, conversation_id=conversation_id))
    if urgent.is_send(request):
        return _confirmed(urgent.reply(request, form, conversation_id, file_ids))
    save_draft(actor=actor, draft_id=draft_id, version=version, content=content, conversation_id=conversation_id)
    messages.success(request, "Your reply is saved as a draft.")
    return redirect("mailbox_conversation", conversation_id)
