"""Reminders end with their person's access: by the one who set it, by leaving, by a hand-over."""

import uuid
from collections.abc import Collection, Iterable

from eligibility import queries as eligibility_queries
from messaging.models import Conversation, OwnReminder
from messaging.models.own_reminder import ReminderEnd
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import Event, record_many


def end(actor: Actor, reminders: Iterable[OwnReminder], why: ReminderEnd) -> None:
    """End locked reminders in the caller's transaction, with their audit rows."""
    rows = list(reminders)
    OwnReminder.objects.filter(id__in=[row.id for row in rows]).update(ended_at=clock.now(), end=why)
    record_many(actor=actor, events=[changed(row, row.conversation, why) for row in rows])


def changed(reminder: OwnReminder, conversation: Conversation, change: str) -> Event:
    """Return the audit event of a reminder that was set or ended: whose and for when, never what it says."""
    return Event(
        deed=Deed.OWN_REMINDER_CHANGED,
        subject_id=conversation.record_id,
        object_kind="conversation",
        object_id=conversation.id,
        reason=change,
        details={"staff": str(reminder.staff_id), "day": reminder.day.isoformat()},
    )


def open_reminders(**which: object) -> list[OwnReminder]:
    """Return open reminders, locked, with their conversations."""
    found = OwnReminder.objects.select_for_update(of=("self",)).select_related("conversation")
    return list(found.filter(ended_at=None, **which).order_by("id"))


def member_left(actor: Actor, staff_id: uuid.UUID, team_ids: Collection[uuid.UUID]) -> None:
    """End what somebody set on conversations of teams that the person no longer belongs to."""
    gone = open_reminders(staff_id=staff_id, conversation__team_id__in=team_ids)
    if gone:
        end(actor, gone, ReminderEnd.NO_ACCESS)


def handed_over(actor: Actor, conversation: Conversation) -> None:
    """End the reminders of those who don't belong to the team that has the conversation now."""
    standing = open_reminders(conversation=conversation)
    if standing:
        members = {one.staff_id for one in eligibility_queries.members_of(conversation.team_id)}
        end(actor, [row for row in standing if row.staff_id not in members], ReminderEnd.NO_ACCESS)
