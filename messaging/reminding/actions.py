"""Setting, moving and ending an own reminder, and telling its person on the day. Each action is one transaction."""

import datetime as dt
import uuid
from typing import Final

from django.db import transaction

from eligibility.models import Facility, StaffMember
from messaging.inbox import actions as inbox
from messaging.models import Conversation, NotificationKind, OwnReminder
from messaging.models.own_reminder import ReminderEnd
from messaging.notifications.actions import Notice, notify_many
from messaging.permissions import check_staff
from messaging.reminding.ending import changed, end, open_reminders
from messaging.response.calendars import calendar_for
from messaging.text import clean_text
from smportal import clock, times
from smportal.actor import Actor
from smportal.audit.recording import record_many
from smportal.business_time import CalendarRangeError, next_business_moment
from smportal.errors import InvalidInput

NOTE_MOST: Final = 500
MOST_DAYS: Final = 366
_MORNING: Final = dt.time(8)
_AT_ONCE: Final = 500


@transaction.atomic
def set_reminder(*, actor: Actor, conversation_id: uuid.UUID, day: dt.date, note: str = "") -> OwnReminder:
    """Remind the actor of a conversation at 08:00 of a business day, in place of the reminder that stands.

    The same day and note again change nothing. Raises NotFound, InvalidInput for the day (not later than today, more
    than a year ahead, none of the facility's business days) or the note.
    """
    conversation = inbox.locked(actor, conversation_id)
    text = clean_text(note, field="note", label="A note", most=NOTE_MOST) if note.strip() else ""
    remind_at = _morning(actor, conversation, day)
    standing = open_reminders(staff_id=check_staff(actor), conversation=conversation)
    if standing and (standing[0].day, note_of(standing[0])) == (day, text):
        return standing[0]
    end(actor, standing, ReminderEnd.MOVED)
    reminder = OwnReminder(
        staff_id=check_staff(actor), conversation=conversation, day=day, remind_at=remind_at, set_at=clock.now()
    )
    if text:
        reminder.seal_text("note_sealed", text)
    reminder.save(force_insert=True)
    record_many(actor=actor, events=[changed(reminder, conversation, "set")])
    return reminder


def _morning(actor: Actor, conversation: Conversation, day: dt.date) -> dt.datetime:
    facility = Facility.objects.get(care_teams=conversation.team_id)
    chosen = StaffMember.objects.filter(id=check_staff(actor)).values_list("account__time_zone", flat=True).first()
    zone = times.viewer_zone(chosen or "", facility.time_zone)
    today = clock.today(zone)
    if day <= today:
        raise InvalidInput("Choose a day after today", code="past", field="day")
    if (day - today).days > MOST_DAYS:
        raise InvalidInput("Choose a day within a year from now. Check the year.", code="far", field="day")
    try:
        works = next_business_moment(dt.datetime.combine(day, dt.time(), facility.zone), calendar_for(facility))
    except CalendarRangeError:
        raise InvalidInput("Choose a day on which your facility is open", code="closed", field="day") from None
    opens = works.astimezone(facility.zone).date()
    if opens != day:
        raise InvalidInput(
            f"Your facility is closed on that day. The next day that it is open is {times.day(opens)}.",
            code="closed",
            field="day",
        )
    return dt.datetime.combine(day, _MORNING, zone)


def note_of(reminder: OwnReminder) -> str:
    """Return what the person wrote, or nothing."""
    return reminder.unseal_text("note_sealed") if reminder.note_sealed is not None else ""


@transaction.atomic
def end_reminder(*, actor: Actor, conversation_id: uuid.UUID) -> bool:
    """End the actor's reminder on a conversation: dealt with, or cancelled before its day; False without one.

    Raises NotFound.
    """
    conversation = inbox.locked(actor, conversation_id)
    standing = open_reminders(staff_id=check_staff(actor), conversation=conversation)
    for reminder in standing:
        is_due = reminder.remind_at <= clock.now()
        end(actor, [reminder], ReminderEnd.DONE if is_due else ReminderEnd.CANCELLED)
    return bool(standing)


def tell_due(*, batch: int = _AT_ONCE) -> int:
    """Owe an email for every reminder whose hour has come and that nobody was told of; return how many.

    Each batch is one transaction: the claim and the emails are there together or not at all, and two at once share
    the work.
    """
    total = 0
    while done := _tell_batch(batch):
        total += done
    return total


@transaction.atomic
def _tell_batch(batch: int) -> int:
    now = clock.now()
    owed = OwnReminder.objects.select_for_update(skip_locked=True, of=("self",)).select_related("staff")
    rows = list(owed.filter(ended_at=None, told_at=None, remind_at__lte=now).order_by("remind_at", "id")[:batch])
    OwnReminder.objects.filter(id__in=[row.id for row in rows]).update(told_at=now)
    notify_many(
        Notice(NotificationKind.OWN_REMINDER, [row.staff.account_id], row.id, row.conversation_id)
        for row in rows
        if row.staff.account_id is not None
    )
    return len(rows)
