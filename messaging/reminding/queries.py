"""One's own reminders: the list, and the one that stands on a conversation."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet

from messaging.inbox.desk import Desk
from messaging.inbox.rows import QueueRow, Showing, base, disclose_list
from messaging.models import Conversation, OwnReminder
from messaging.permissions import check_staff
from messaging.reminding.actions import note_of
from smportal import clock, times
from smportal.actor import Actor
from smportal.crypto.fields import warm

# More than anybody means to be reminded of; the rest shows as these are dealt with.
MOST: Final = 100


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


def own_reminders(desk: Desk) -> list[ReminderRow]:
    """Return the open reminders of the desk's person, soonest first; what is shown is on record like a queue."""
    found = _open(desk.actor).filter(conversation__team_id__in=desk.teams).select_related("conversation")
    reminders = list(found.order_by("remind_at", "id")[:MOST])
    shown = {row.id: row for row in base().filter(id__in=[each.conversation_id for each in reminders])}
    return _rows(desk, reminders, shown) if reminders else []


def _rows(desk: Desk, reminders: Sequence[OwnReminder], shown: dict[uuid.UUID, Conversation]) -> list[ReminderRow]:
    disclose_list(desk, list(shown.values()), "reminders")
    warm(reminders, "note_sealed")
    showing = Showing.of(desk, list(shown.values()))
    return [
        ReminderRow(
            _ready(each, times.viewer_zone(desk.chosen_zone, desk.teams[each.conversation.team_id].zone)),
            showing.row(shown[each.conversation_id]),
        )
        for each in reminders
    ]


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
