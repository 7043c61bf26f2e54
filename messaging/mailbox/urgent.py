"""The safety screen in the way of a send (domain rules, section 7): it asks once, and never blocks."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from eligibility.decision import decide_for
from messaging import guided, safety
from messaging.mailbox import actions, tickets
from messaging.mailbox.content import DraftContent, checked_content, checked_reply
from messaging.mailbox.drafts import save_draft
from messaging.mailbox.forms import ComposeForm, DraftKey, ReplyForm
from messaging.models import Message
from messaging.permissions import visible_conversations
from messaging.posting import AlreadySent
from messaging.web import actor_of
from smportal.actor import Actor
from smportal.errors import NotFound

SEND, SEND_ANYWAY, GO_BACK = "send", "send_anyway", "go_back"
# The page asked for a legal signature, so all that is missing shows at once. What binds is the check in the send.
ASKS_LEGAL = "asks_legal"


def is_send(request: HttpRequest) -> bool:
    """Tell whether a form was posted to send it, before or after the choice."""
    return SEND in request.POST or SEND_ANYWAY in request.POST


def send(request: HttpRequest, form: ComposeForm, file_ids: tuple[uuid.UUID, ...] = ()) -> Message | HttpResponse:
    """Send a new message, or return the page that asks first; raises what `actions.send` raises.

    The mark is what the screen says of the text that is sent: what a browser claims neither sets nor clears it.
    """
    actor, content = actor_of(request), form.content()
    whole = checked_content(content, needs_legal=ASKS_LEGAL in request.POST)
    draft_id, version = form.key()
    urgent = safety.is_urgent(whole.subject, whole.body, guided.typed_text(whole.guided))
    if urgent and SEND_ANYWAY not in request.POST and _kept(actor, form, content):
        return _choice(request, form, {"action": reverse("compose"), "phone": _team_phone(actor, content)})
    return actions.send(
        actor=actor,
        draft_id=draft_id,
        version=version,
        content=content,
        possibly_urgent=urgent,
        file_ids=file_ids,
    )


def reply(
    request: HttpRequest, form: ReplyForm, conversation_id: uuid.UUID, file_ids: tuple[uuid.UUID, ...] = ()
) -> Message | HttpResponse:
    """Send a reply, or return the page that asks first; raises what `actions.reply` raises."""
    actor, content = actor_of(request), form.content()
    whole = checked_reply(content, needs_legal=ASKS_LEGAL in request.POST)
    draft_id, version = form.key()
    urgent = safety.is_urgent("", whole.body)
    if urgent and SEND_ANYWAY not in request.POST and _kept(actor, form, content, conversation_id):
        conversation = visible_conversations(actor).select_related("team__facility").filter(id=conversation_id).first()
        if conversation is None:
            raise NotFound
        context = {
            "action": reverse("mailbox_reply", args=[conversation_id]),
            "phone": conversation.team.phone or conversation.team.facility.phone,
        }
        return _choice(request, form, context, conversation_id)
    return actions.reply(
        actor=actor,
        conversation_id=conversation_id,
        draft_id=draft_id,
        version=version,
        body=content.body,
        with_signature=content.with_signature,
        legal=content.legal,
        possibly_urgent=urgent,
        file_ids=file_ids,
    )


def _kept(actor: Actor, form: DraftKey, content: DraftContent, conversation_id: uuid.UUID | None = None) -> bool:
    """Keep the text as a draft before asking. False when it was sent already: then the send answers as it did.

    Raises DraftChangedElsewhere and NotFound as `save_draft` does.
    """
    draft_id, version = form.key()
    try:
        draft = save_draft(
            actor=actor, draft_id=draft_id, version=version, content=content, conversation_id=conversation_id
        )
    except AlreadySent:
        return False
    if draft is not None:
        form.data = {**form.data.dict(), "version": str(draft.version)}  # type: ignore[attr-defined]
    return True


def _team_phone(actor: Actor, content: DraftContent) -> str:
    return next((team.phone for team in decide_for(actor).teams if team.team_id == content.team_id), "")


def _choice(
    request: HttpRequest, form: DraftKey, context: dict[str, Any], conversation_id: uuid.UUID | None = None
) -> HttpResponse:
    ticket = tickets.issue(request, form["draft_id"].value(), conversation_id)
    context |= {"form": form, "ticket": ticket, "conversation_id": conversation_id}
    return render(request, "messaging/mailbox/urgent_choice.html", context)
