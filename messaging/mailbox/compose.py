"""Writing: the urgent-needs page, a new message, a draft, a reply."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from eligibility.decision import decide_for
from messaging.attachments.web import receive
from messaging.mailbox import continuing, queries, urgent, versions
from messaging.mailbox.choosing import show_choice
from messaging.mailbox.drafts import content_of, keep_copy, own_draft, save_draft
from messaging.mailbox.forms import ComposeForm, ReplyForm, SignedForm
from messaging.mailbox.thread import CHANGE_TEAM, GO_ON, conversation_context, open_page
from messaging.mailbox.writing import GUIDE, page_of, with_form
from messaging.models import Draft, Message
from messaging.web import actor_of, domain_errors, show_error
from smportal.actor import Actor
from smportal.errors import Conflict, DomainError, NotFound

SEEN_URGENT = "seen_urgent_needs"
# What to do with two texts of one draft: a draft of its own, this one, or the one saved elsewhere.
COPY, USE_THIS, USE_OTHER = "copy", "use_this", "use_other"


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
    except DomainError as error:
        status = show_error(form, error)
        return page_of(request, form, decide_for(actor), status=status, conflict=_conflict(form, actor, error))


def _done(request: HttpRequest, actor: Actor, form: ComposeForm, file_ids: tuple[uuid.UUID, ...]) -> HttpResponse:
    """Do what the button says. Raises what the actions raise."""
    if {COPY, USE_THIS, USE_OTHER} & set(request.POST):
        return _chosen(request, actor, form, None)
    if urgent.GO_BACK in request.POST:
        return _back_to(request, actor, form)
    if GUIDE in request.POST:
        return page_of(request, with_form(form, request.POST[GUIDE]), decide_for(actor), moved_to_form=True)
    if CHANGE_TEAM in request.POST:
        return _other_team(request, actor, form)
    if urgent.is_send(request):
        return _confirmed(urgent.send(request, form, file_ids))
    draft_id, version = form.key()
    return _saved(request, save_draft(actor=actor, draft_id=draft_id, version=version, content=form.content()))


def _back_to(request: HttpRequest, actor: Actor, form: ComposeForm) -> HttpResponse:
    """Open the draft that the safety screen kept: the browser can come back to its address, and not to a form's answer."""
    draft_id, version = form.key()
    draft = own_draft(actor, draft_id)
    if draft is not None and draft.version == version:
        return redirect("edit_draft", draft_id)
    return page_of(request, form, decide_for(actor))


def _other_team(request: HttpRequest, actor: Actor, form: ComposeForm) -> HttpResponse:
    """Keep what was typed, then ask for the team; where nothing was typed there is nothing to keep."""
    draft_id, version = form.key()
    draft = save_draft(actor=actor, draft_id=draft_id, version=version, content=form.content())
    return redirect("choose_draft_team", draft.id) if draft else redirect("choose_team")


def _confirmed(sent: Message | HttpResponse) -> HttpResponse:
    """Go to the confirmation of a message that went out; show the page that asks first otherwise."""
    return redirect("sent_confirmation", sent.id) if isinstance(sent, Message) else sent


def _conflict(form: SignedForm, actor: Actor, error: DomainError) -> str:
    """Return the code of a conflict, for the page to offer its ways out.

    After any other refusal the page shows the version that the send has kept meanwhile, so that the next
    try is no conflict. After one it does not: only choosing may replace what was saved elsewhere.
    """
    if isinstance(error, Conflict):
        return error.code
    draft = own_draft(actor, form.cleaned_data["draft_id"])
    if draft is not None:
        form.data = {**form.data.dict(), "version": str(draft.version)}  # type: ignore[attr-defined]
    return ""


def _saved(request: HttpRequest, draft: Draft | None) -> HttpResponse:
    if draft is None:
        messages.info(request, _("There was nothing to save yet."))
        return redirect("mailbox_drafts")
    messages.success(request, _("Your draft is saved."))
    return redirect("edit_draft", draft.id)


def _chosen(request: HttpRequest, actor: Actor, form: SignedForm, conversation_id: uuid.UUID | None) -> HttpResponse:
    """Do what was chosen of two texts, and open the draft that goes on."""
    draft_id, content = form.key()[0], form.content()
    if COPY in request.POST:
        draft = keep_copy(actor=actor, content=content, conversation_id=conversation_id, like=draft_id)
        words = _("This text is kept as a new draft. The other version is as it was.")
    elif USE_OTHER in request.POST:
        versions.use_other(actor=actor, draft_id=draft_id, content=content, conversation_id=conversation_id)
        draft = own_draft(actor, draft_id)
        words = _("This is the other version. The text that you left is among your deleted drafts for 30 days.")
    else:
        draft = versions.use_this(actor=actor, draft_id=draft_id, content=content, conversation_id=conversation_id)
        words = _("Your draft has this text now. The other version is among your deleted drafts for 30 days.")
    if draft is None and conversation_id is None:
        return _saved(request, draft)
    messages.success(request, words)
    if conversation_id is not None and COPY not in request.POST:
        return redirect("mailbox_conversation", conversation_id)
    return redirect("edit_draft", draft.id) if draft else redirect("mailbox_drafts")


@domain_errors
def reply(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Save or send a reply; an error shows in the conversation, with everything typed still there."""
    actor = actor_of(request)
    form, received = ReplyForm(request.POST), receive(request, conversation_id)
    status, conflict = 400, ""
    if form.is_valid() and urgent.GO_BACK in request.POST:
        status = 200
    elif form.is_valid() and not (urgent.is_send(request) and received.any_refused):
        try:
            return _reply_done(request, actor, conversation_id, form, received.ids)
        except DomainError as error:
            status, conflict = show_error(form, error), _conflict(form, actor, error)
    context = conversation_context(request, open_page(actor, conversation_id), form) | {"conflict": conflict}
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
    if {COPY, USE_THIS, USE_OTHER} & set(request.POST):
        return _chosen(request, actor, form, conversation_id)
    if {CHANGE_TEAM, GO_ON} & set(request.POST):
        moved = continuing.take_elsewhere(
            actor=actor, conversation_id=conversation_id, draft_id=draft_id, version=version, content=content
        )
        return redirect("choose_draft_team" if CHANGE_TEAM in request.POST else "edit_draft", moved.id)
    if urgent.is_send(request):
        return _confirmed(urgent.reply(request, form, conversation_id, file_ids))
    save_draft(actor=actor, draft_id=draft_id, version=version, content=content, conversation_id=conversation_id)
    messages.success(request, _("Your reply is saved as a draft."))
    return redirect("mailbox_conversation", conversation_id)
