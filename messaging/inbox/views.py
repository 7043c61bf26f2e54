"""The care team's pages."""

import datetime as dt
import uuid
from collections.abc import Sequence
from functools import cache
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import get_urlconf, reverse

from eligibility import queries as eligibility_queries
from eligibility.giving import takers_of
from eligibility.queries import TeamPerson
from messaging import disclosure, workflow
from messaging.absence.cover import Cover, cover_of
from messaging.answering.queries import Answer, answer_of
from messaging.attachments.queries import FileInfo, checked_basket, in_basket
from messaging.attachments.web import uuid_or_none
from messaging.health_record.queries import notes_of
from messaging.inbox import actions, handing_over, queries
from messaging.inbox.desk import Desk, desk_of
from messaging.inbox.elsewhere import open_elsewhere
from messaging.inbox.forms import AssignForm, CompleteForm, HandOverForm, NoteForm, StaffReplyForm
from messaging.inbox.queries import LABELS, Queue
from messaging.inbox.veterans import veteran_context
from messaging.mailbox import tickets
from messaging.mailbox.continuing import references
from messaging.mailbox.entries import entries
from messaging.models import Conversation, Side
from messaging.placing import Place
from messaging.reminding.queries import Reminder, own_reminder
from messaging.web import actor_of, chosen_zone, domain_errors, is_prefetch, show_error
from messaging.workflow import Event
from smportal import clock, times
from smportal.actor import Actor
from smportal.errors import DomainError


def queue_links(
    desk: Desk, current: Queue | None, *, in_notes: bool = False, in_reminders: bool = False
) -> list[dict[str, Any]]:
    """Return the queues with their counts for the side navigation, and what stands below them."""
    counts = queries.queue_counts(desk.actor, desk=desk)
    return [
        *(
            _link(LABELS[queue], url, counts.get(queue, 0), "conversations", current=queue is current)
            for queue, url in zip(Queue, _queue_urls(get_urlconf()), strict=True)
        ),
        _link("Reminders", reverse("team_reminders"), desk.due_reminders, "due", current=in_reminders),
        _link("Health record notes", reverse("record_notes"), desk.failed_notes, "not filed", current=in_notes),
        _link("Templates", reverse("reply_templates")),
        *(_for_leads() if desk.leads else []),
    ]


def _link(label: str, url: str, count: int = 0, counted: str = "", *, current: bool = False) -> dict[str, Any]:
    """Return one line of the side navigation; it says too what it has not, which a template would look for in vain."""
    shown = {"count": count_text(count), "count_text": counted, "current": current}
    return {"label": label, "url": url, "icon": "", "kind": "", **shown}


@cache
def _queue_urls(_urls: object) -> tuple[str, ...]:
    return tuple(reverse("team_queue", args=[queue.value]) for queue in Queue)


def _for_leads() -> list[dict[str, Any]]:
    return [
        _link("Write to many", reverse("team_broadcasts")),
        _link("Reports", reverse("reports")),
        _link("Members away", reverse("members_away")),
        _link("Team settings", reverse("team_settings")),
    ]


def count_text(count: int) -> str:
    """Return a queue's count as it is shown: nothing for none, "1,000+" where counting stopped."""
    return f"{queries.MOST_COUNTED:,}+" if count >= queries.MOST_COUNTED else str(count or "")


@domain_errors
def conversation(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """One conversation. Opening it is on record, and the veteran sees that it was opened."""
    if is_prefetch(request):
        return HttpResponse(status=204)
    return conversation_page(request, conversation_id)


def conversation_page(
    request: HttpRequest, conversation_id: uuid.UUID, *, status: int = 200, conflict: str = "", **forms: Form
) -> HttpResponse:
    """Show a conversation, with what was posted in those of its forms that came back; `conflict` is about the answer."""
    actor = actor_of(request)
    desk = desk_of(actor, zone=chosen_zone(request))
    disclosed = disclosure.disclose_page(actor=actor, conversation_id=conversation_id, reach=desk.reach)
    opened, beside = disclosed.conversation, disclosed.around
    zone = times.viewer_zone(desk.chosen_zone, opened.team.facility.time_zone)
    answer = answer_of(opened, actor.account_id, zone=zone, around=beside)
    context: dict[str, Any] = {
        "conversation": opened,
        "place": Place(opened.id),
        "answer": answer,
        "signs": beside.has_signature,
        "conflict": conflict,
        "subject": queries.subject_of(opened),
        "veteran": veteran_context(opened, beside, desk.teams[opened.team_id].calendar),
        "elsewhere": open_elsewhere(desk, beside),
        "references": references(desk.reach, opened, "team_conversation", around=beside),
        "entries": entries(opened, side=Side.STAFF, zone=zone, you=opened.record.full_name, around=beside),
        "notes": queries.notes(actor, opened, zone=zone, around=beside),
        "record_notes": notes_of(opened, zone=zone),
        "reminder": _reminder(opened, actor, zone),
        "due": times.weekday_moment(opened.due_at, zone) if opened.due_at else "",
        "is_overdue": opened.due_at is not None and opened.due_at <= clock.now(),
        "is_mine": opened.assignee_id == actor.staff_id,
        **_assignee(opened, desk.cover, actor.staff_id),
        "may_assign": workflow.may(opened.state, Event.ASSIGN, assigned=True),
        "may_hand_over": workflow.may(opened.state, Event.HAND_OVER, assigned=False),
        "may_complete": workflow.may(opened.state, Event.COMPLETE, assigned=True),
        "may_reopen": workflow.may(opened.state, Event.REOPEN, assigned=True),
        "queues": queue_links(desk, None),
        **_forms(opened, desk.cover, answer, signs=beside.has_signature),
        **forms,
    }
    context["unsent_files"] = _unsent_files(actor, opened, context["reply_form"]) if beside.has_unsent_files else []
    context["files_wait"] = any(file.is_waiting for entry in context["entries"] for file in entry.files)
    context["ticket"] = tickets.issue(request, context["reply_form"]["draft_id"].value(), opened.id)
    # The page's title says "Error:" when any of its forms has one.
    context["form"] = next((form for form in forms.values() if form.errors), context["reply_form"])
    return render(request, "messaging/inbox/conversation.html", context, status=status)


def _unsent_files(actor: Actor, opened: Conversation, form: Form) -> list[FileInfo]:
    """Return the files of the answer that the team is writing."""
    draft_id = uuid_or_none(str(form["draft_id"].value()))
    return in_basket(checked_basket(actor, opened.record_id, draft_id, opened.id)) if draft_id else []


def _reminder(opened: Conversation, actor: Actor, zone: dt.tzinfo) -> Reminder | None:
    """Return the actor's own reminder; opening the conversation has told whether there is one."""
    return own_reminder(actor, opened, zone=zone) if opened.__dict__["has_own_reminder"] else None


def _assignee(opened: Conversation, cover: Cover, staff_id: uuid.UUID | None) -> dict[str, Any]:
    """Return who is away and who acts, and whether the conversation can be taken."""
    assignee_id = opened.assignee_id
    away = cover.away.get(assignee_id) if assignee_id else None
    acting = cover.acting(opened.team_id, assignee_id) if assignee_id else None
    is_free = assignee_id is None or (away is not None and assignee_id != staff_id)
    return {
        "away": away,
        "acting": cover.names[acting] if away and acting else "",
        "is_acting": away is not None and acting == staff_id,
        "may_take": is_free and workflow.may(opened.state, Event.TAKE, assigned=True),
    }


def _forms(opened: Conversation, cover: Cover, answer: Answer, *, signs: bool) -> dict[str, Form]:
    takers = takers_of(opened.team_id, opened.team.facility)
    return {
        "reply_form": StaffReplyForm(
            initial={
                "draft_id": answer.draft_id,
                "version": answer.version,
                "seen_until": opened.last_message_at.isoformat(),
                "body": answer.content.body,
                "links": answer.content.links,
                # An answer that was begun keeps what was chosen for it.
                "with_signature": answer.content.with_signature if answer.by else signs,
            }
        ),
        "note_form": NoteForm(initial={"draft_id": uuid.uuid4()}, auto_id="note_%s"),
        "assign_form": AssignForm(
            members=_members(opened, cover, takers.members),
            initial={"staff": opened.assignee_id},
            auto_id="assign_%s",
        ),
        "hand_over_form": HandOverForm(
            teams=handing_over.listed(opened, takers.teams), initial={"key": uuid.uuid4()}, auto_id="hand_%s"
        ),
        "complete_form": CompleteForm(auto_id="complete_%s"),
    }


def _members(opened: Conversation, cover: Cover, members: Sequence[TeamPerson]) -> list[tuple[str, str]]:
    return [
        (str(member.staff_id), cover.choice_text(opened.team_id, member.staff_id, member.name)) for member in members
    ]


@domain_errors
def note(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Add an internal note."""
    form = NoteForm(request.POST, auto_id="note_%s")
    if form.is_valid():
        try:
            actions.add_note(
                actor=actor_of(request),
                conversation_id=conversation_id,
                draft_id=form.cleaned_data["draft_id"],
                body=form.cleaned_data["note"],
            )
        except DomainError as error:
            return conversation_page(request, conversation_id, status=show_error(form, error), note_form=form)
        messages.success(request, "Note added. The veteran can’t see it.")
        return redirect("team_conversation", conversation_id)
    return conversation_page(request, conversation_id, status=400, note_form=form)


@domain_errors
def take(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Assign to oneself what nobody has."""
    actions.take(actor=actor_of(request), conversation_id=conversation_id)
    messages.success(request, "This conversation is assigned to you.")
    return redirect("team_conversation", conversation_id)


@domain_errors
def assign(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Assign to a member, or to nobody."""
    actor = actor_of(request)
    opened = actions.visible(actor, conversation_id)
    members = _members(opened, cover_of([opened.team_id]), eligibility_queries.members_of(opened.team_id))
    form = AssignForm(request.POST, members=members, auto_id="assign_%s")
    if not form.is_valid():
        return conversation_page(request, conversation_id, status=400, assign_form=form)
    try:
        changed = actions.assign(actor=actor, conversation_id=conversation_id, staff_id=form.cleaned_data["staff"])
    except DomainError as error:
        return conversation_page(request, conversation_id, status=show_error(form, error), assign_form=form)
    messages.success(request, "Assigned." if changed.assignee_id else "Nobody is assigned now.")
    return redirect("team_conversation", conversation_id)


@domain_errors
def hand_over(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Give the conversation to another team of the facility."""
    form = HandOverForm(request.POST, teams=handing_over.choices(actor_of(request), conversation_id), auto_id="hand_%s")
    if not form.is_valid():
        return conversation_page(request, conversation_id, status=400, hand_over_form=form)
    try:
        given = handing_over.hand_over(
            actor=actor_of(request),
            conversation_id=conversation_id,
            team_id=form.cleaned_data["team"],
            key=form.cleaned_data["key"],
            note=form.cleaned_data["note"],
        )
    except DomainError as error:
        return conversation_page(request, conversation_id, status=show_error(form, error), hand_over_form=form)
    messages.success(request, f"Handed over to {given.to_team.internal_name}. The response clock goes on.")
    return redirect("team_queue", Queue.OPEN.value)


@domain_errors
def complete(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Complete with an outcome."""
    form = CompleteForm(request.POST, auto_id="complete_%s")
    if not form.is_valid():
        return conversation_page(request, conversation_id, status=400, complete_form=form)
    actions.complete(actor=actor_of(request), conversation_id=conversation_id, outcome=form.cleaned_data["outcome"])
    messages.success(request, "Completed.")
    return redirect("team_conversation", conversation_id)


@domain_errors
def reopen(request: HttpRequest, conversation_id: uuid.UUID) -> HttpResponse:
    """Open a completed conversation again."""
    actions.reopen(actor=actor_of(request), conversation_id=conversation_id)
    messages.success(request, "Reopened.")
    return redirect("team_conversation", conversation_id)
