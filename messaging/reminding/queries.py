"""One's own reminders: the list, and the one that stands on a conversation."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import QuerySet

from messaging import keyset
from messaging.inbox.desk import Desk
from messaging.inbox.rows import QueueRow, Showing, base, disclose_list
from messaging.keyset import Cursor, Page
from messaging.models import Conversation, OwnReminder
from messaging.permissions import check_staff
from messaging.reminding.actions import note_of
from smportal import clock, times
from smportal.actor import Actor
from smportal.crypto.fields import warm


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder as a page shows it, ready to read."""

    day: dt.date
    when: str
    when_iso: str
    note: str
    is_due: bool


@dataclass(frozen=True, slots=True)
class ReminderRow:
    """One of the list: the reminder, and the conversation as a queue shows it."""

    reminder: Reminder
    about: QueueRow


def own_reminders(desk: Desk, cursor: Cursor | None = None) -> Page[ReminderRow]:
    """Return a page of the open reminders of the desk's person, soonest first; what is shown is on record like a queue."""
    found = _open(desk.actor).filter(conversation__team_id__in=desk.teams).select_related("conversation")
    page = keyset.fetch([found], field="remind_at", descending=False, cursor=cursor)
    if not page.rows:
        return Page(())
    shown = {row.id: row for row in base().filter(id__in=[each.conversation_id for each in page.rows])}
    disclose_list(desk, list(shown.values()), "reminders")
    warm(page.rows, "note_sealed")
    showing = Showing.of(desk, list(shown.values()))
    return keyset.mapped(page, lambda each: _row(desk, each, showing.row(shown[each.conversation_id])))


def _row(desk: Desk, reminder: OwnReminder, about: QueueRow) -> ReminderRow:
    zone = times.viewer_zone(desk.chosen_zone, desk.teams[reminder.conversation.team_id].zone)
    return ReminderRow(_ready(reminder, zone), about)


def own_reminder(actor: Actor, conversation: Conversation, *, zone: dt.tzinfo) -> Reminder | None:
    """Return the actor's reminder on a conversation of the actor's teams, if one stands."""
    found = _open(actor).filter(conversation=conversation).select_related("conversation").first()
    return _ready(found, zone) if found else None


def _open(actor: Actor) -> QuerySet[OwnReminder]:
    return OwnReminder.objects.filter(staff_id=check_staff(actor), ended_at=None)


def _ready(reminder: OwnReminder, zone: dt.tzinfo) -> Reminder:
    return Reminder(
        day=reminder.day,
        when=times.weekday_moment(reminder.remind_at, zone),
        when_iso=reminder.remind_at.isoformat(),
        note=note_of(reminder),
        is_due=reminder.remind_at <= clock.now(),
    )
