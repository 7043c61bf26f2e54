"""Writing: the urgent-needs page, a new message, a draft, a reply."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from eligibility.decision import decide_for
from messaging import disclosure
from messaging.attachments.web import receive
from messaging.mailbox import queries, urgent
from messaging.mailbox.choosing import show_choice
from messaging.mailbox.drafts import DraftChangedElsewhere, content_of, keep_copy, own_draft, save_draft
from messaging.mailbox.forms import ComposeForm, ReplyForm, SignedForm
from messaging.mailbox.thread import conversation_context
from messaging.mailbox.writing import GUIDE, page_of, with_form
from messaging.models import Draft, Message
from messaging.web import actor_of, domain_errors, show_error
from smportal.actor import Actor
from smportal.errors import DomainError, NotFound

SEEN_URGENT = "seen_urgent_needs"
COPY, CHANGE_TEAM = "copy", "change_team"


def urgent_needs(request: HttpRequest) -> HttpResponse:
    """What to do when it cannot wait: before the first message of a session."""
    if request.method == "POST":
        request.session[SEEN_URGENT] = True
        return redirect("compose")
    return render(request, "messaging/mailbox/urgent_needs.html")


@domain_errors
def compose(request: HttpRequest) -> HttpResponse:
    """Begin a new message: choose a team, unless there is only one. A POST is the form's Save draft or Send."""
    actor = actor_of(request)
    if request.method == "POST":
        return _posted(request, actor)
    if not request.session.get(SEEN_URGENT):
        return redirect("urgent_needs")
    decision = decide_for(actor)
    writable = [team for team in decision.teams if team.may_write]
    if not writable:
        return redirect("eligibility")
    if len(writable) == 1:
        return redirect("compose_to", writable[0].team_id)
    return show_choice(request, decision)


@domain_errors
def compose_to(request: HttpRequest, team_id: uuid.UUID) -> HttpResponse:
    """Write a new message to one of the own teams; of any other team this page does not tell that it exists."""
    actor = actor_of(request)
    if not request.session.get(SEEN_URGENT):
        return redirect("urgent_needs")
    decision = decide_for(actor)
    if not any(team.team_id == team_id for team in decision.teams):
        raise NotFound
    initial = {"draft_id": uuid.uuid4(), "version": 0, "team": team_id, "with_signature": True}
    return page_of(request, ComposeForm(initial=initial), decision)


@domain_errors
def edit_draft(request: HttpRequest, draft_id: uuid.UUID) -> HttpResponse:
    """A kept draft, to go on writing. A reply's draft is in its conversation; one that was sent shows that it was."""
    actor = actor_of(request)
    draft = own_draft(actor, draft_id)
    if draft is None or draft.deleted_at is not None:
        sent = queries.sent_from(actor, draft_id)
        if sent is None:
            raise NotFound
        return redirect("sent_confirmation", sent)
    if draft.conversation_id:
        return redirect("mailbox_conversation", draft.conversation_id)
    initial = {"draft_id": draft.id, "version": draft.version, **ComposeForm.initial_of(content_of(draft))}
    return page_of(request, ComposeForm(initial=initial), decide_for(actor))


def _posted(request: HttpRequest, actor: Actor) -> HttpResponse:
    form, received = ComposeForm(request.POST), receive(request)
    if not form.is_valid() or (urgent.is_send(request) and received.any_refused):
        return page_of(request, form, decide_for(actor), status=400)
    try:
        return _done(request, actor, form, received.ids)
    except NotFound:
        raise
    except DomainError as error:
        status = show_error(form, error)
        refreshed(form, actor)
        conflict = isinstance(error, DraftChangedElsewhere)
        return page_of(request, form, decide_for(actor), status=status, conflict=conflict)


def _done(request: HttpRequest, actor: Actor, form: ComposeForm, file_ids: tuple[uuid.UUID, ...]) -> HttpResponse:
    """Do what the button says. Raises what the actions raise."""
    if COPY in request.POST:
        return _copied(request, keep_copy(actor=actor, content=form.content()))
    if urgent.GO_BACK in request.POST:
        return page_of(request, form, decide_for(actor))
    if GUIDE in request.POST:
        return page_of(request, with_form(form, request.POST[GUIDE]), decide_for(actor), moved_to_form=True)
    if CHANGE_TEAM in request.POST:
        return _other_team(request, actor, form)
    if urgent.is_send(request):
        return _confirmed(urgent.send(request, form, file_ids))
    draft_id, version = form.key()
    return _saved(request, save_draft(actor=actor, draft_id=draft_id, version=version, content=form.content()))


def _other_team(request: HttpRequest, actor: Actor, form: ComposeForm) -> HttpResponse:
    """Keep what was typed, then ask for the team; where nothing was typed there is nothing to keep."""
    draft_id, version = form.key()
    draft = save_draft(actor=actor, draft_id=draft_id, version=version, content=form.content())
    return redirect("choose_draft_team", draft.id) if draft else redirect("choose_team")


def _confirmed(sent: Message | HttpResponse) -> HttpResponse:
    """Go to the confirmation of a message that went out; show the page that asks first otherwise."""
    return redirect("sent_confirmation", sent.id) if isinstance(sent, Message) else sent


def refreshed(form: SignedForm, actor: Actor) -> None:
    """Show the version that a refused send may have kept meanwhile, so that the next try is not a conflict."""
    draft = own_draft(actor, form.cleaned_data["draft_id"])
    if draft is not None:
        form.data = {**form.data.dict(), "version": str(draft.version)}  # type: ignore[attr-defined]


def _saved(request: HttpRequest, draft: Draft | None) -> HttpResponse:
    if draft is None:
        messages.info(request, _("There was nothing to save yet."))
        return redirect("mailbox_drafts")
    messages.success(request, _("Your draft is saved."))
    return redirect("edit_draft", draft.id)


def _copied(request: HttpRequest, draft: Draft | None) -> HttpResponse:
    if draft is not None:
        messages.success(request, _("This text is kept as a new draft. The other version is as it was."))
        return redirect("edit_draft", draft.id)
    return _saved(request, draft)


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
    content = form.content()
    if COPY in request.POST:
        return _copied(request, keep_copy(actor=actor, content=content, conversation_id=conversation_id))
    if urgent.is_send(request):
        return _confirmed(urgent.reply(request, form, conversation_id, file_ids))
    save_draft(actor=actor, draft_id=draft_id, version=version, content=content, conversation_id=conversation_id)
    messages.success(request, _("Your reply is saved as a draft."))
    return redirect("mailbox_conversation", conversation_id)
