"""The veteran's page of one conversation, and what its buttons do."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.models import MessageOrder
from accounts.preferences import set_message_order
from eligibility import queries as eligibility_queries
from messaging import disclosure
from messaging.around import Around
from messaging.attachments.queries import FileInfo, checked_basket, in_basket
from messaging.attachments.web import uuid_or_none
from messaging.mailbox import continuing, queries, tickets, withdrawing
from messaging.mailbox.actions import is_window_open
from messaging.mailbox.drafts import content_of
from messaging.mailbox.entries import entries
from messaging.mailbox.forms import ReplyForm
from messaging.mailbox.navigation import folders
from messaging.mailbox.signed import signing_context
from messaging.models import Conversation, Side
from messaging.permissions import Reach, ReplyAnswer, may_reply, reach_of
from messaging.web import actor_of, chosen_zone, domain_errors, is_prefetch
from smportal import clock, times
from smportal.actor import Actor

# What to do with a reply that can't be sent where it was written: on to another team, or in a new conversation.
CHANGE_TEAM, GO_ON = "change_team", "go_on"


@domain_errors
def conversation(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """One conversation. Opening it is on record; a prefetch opens nothing."""
    if is_prefetch(request):
        return HttpResponse(status=204)
    actor = actor_of(request)
    page = open_page(actor, conversation_id)
    draft = queries.reply_draft(actor, conversation_id, Side.VETERAN) if page.around.has_draft else None
    if draft:
        initial = {"draft_id": draft.id, "version": draft.version, **ReplyForm.initial_of(content_of(draft))}
    else:
        initial = {"draft_id": uuid.uuid4(), "version": 0, "with_signature": True}
    form = ReplyForm(initial=initial)
    return render(request, "messaging/mailbox/conversation.html", conversation_context(request, page, form))


@dataclass(frozen=True, slots=True)
class OpenPage:
    """A conversation that its veteran has just opened: what all parts of its page start from."""

    reach: Reach
    conversation: Conversation
    around: Around


def open_page(actor: Actor, conversation_id: uuid.UUID) -> OpenPage:
    """Open a conversation for its page: that is on record. Raises NotFound."""
    reach = reach_of(actor)
    opened = disclosure.disclose_page(actor=actor, conversation_id=conversation_id, reach=reach)
    return OpenPage(reach, opened.conversation, opened.around)


def conversation_context(request: HttpRequest, page: OpenPage, form: ReplyForm) -> dict[str, Any]:
    """Return what the conversation page shows."""
    actor, opened = actor_of(request), page.conversation
    zone = times.viewer_zone(chosen_zone(request), opened.team.facility.time_zone)
    window_open = is_window_open(opened)
    answer = may_reply(actor, opened.team_id) if window_open else ReplyAnswer(allowed=False)
    said = entries(opened, side=Side.VETERAN, zone=zone, you=_("You"), around=page.around)
    newest_first = request.user.message_order == MessageOrder.NEWEST_FIRST  # type: ignore[union-attr]
    return {
        "conversation": opened,
        "subject": opened.unseal_text("subject_sealed"),
        "team": opened.team,
        "facility": opened.team.facility,
        "phone": eligibility_queries.contact_phone(opened.team, record_id=opened.record_id),
        "entries": said[::-1] if newest_first else said,
        "newest_first": newest_first,
        "any_folded": any(entry.is_folded for entry in said),
        "references": continuing.references(page.reach, opened, "mailbox_conversation", around=page.around),
        "due": times.weekday_moment(opened.due_at, zone) if opened.due_at else "",
        "is_overdue": opened.due_at is not None and opened.due_at <= clock.now(),
        "form": form,
        "files_wait": any(file.is_waiting for entry in said for file in entry.files),
        "unsent_files": _unsent_files(actor, opened, form),
        "window_open": window_open,
        "reply": answer,
        "ticket": tickets.issue(request, form["draft_id"].value(), opened.id),
        "folders": folders(queries.mailbox_of(actor, page.reach), ""),
        **signing_context(
            actor.account_id, asks_legal=opened.team.needs_legal_signature, has_own=page.around.has_signature
        ),
    }


def _unsent_files(actor: Actor, opened: Conversation, form: ReplyForm) -> list[FileInfo]:
    """Return the files of the reply that is being written; a page that begins one has none to look up."""
    draft_id = uuid_or_none(str(form["draft_id"].value()))
    if draft_id is None or not (form.is_bound or form.initial["version"]):
        return []
    return in_basket(checked_basket(actor, opened.record_id, draft_id, opened.id))


@domain_errors
def order(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Show conversations newest or oldest first from now on."""
    newest = request.POST.get("order") == MessageOrder.NEWEST_FIRST
    chosen = MessageOrder.NEWEST_FIRST if newest else MessageOrder.OLDEST_FIRST
    set_message_order(actor=actor_of(request), order=chosen)
    return redirect("mailbox_conversation", conversation_id)


@domain_errors
def go_on(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Continue as a new conversation, once no reply is possible: the window has closed, or the team."""
    draft = continuing.continue_conversation(actor=actor_of(request), conversation_id=conversation_id)
    return redirect("choose_draft_team" if CHANGE_TEAM in request.POST else "edit_draft", draft.id)


@domain_errors
def copy_to_another_team(request: HttpRequest, message_id: uuid.UUID) -> HttpResponse:
    """Begin a new message with the text of an own one, for another team."""
    draft = continuing.copy_to_another_team(actor=actor_of(request), message_id=message_id)
    return redirect("edit_draft", draft.id)


@domain_errors
def no_answer_needed(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Tell the team that no answer is needed any more."""
    if withdrawing.withdraw(actor=actor_of(request), conversation_id=conversation_id):
        messages.success(request, _("We told your care team that you no longer need an answer."))
    else:
        messages.info(request, _("Your care team doesn’t owe you an answer here, so nothing was changed."))
    return redirect("mailbox_conversation", conversation_id)
