"""Whom a care team writes to."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from accounts.models import VeteranRecord
from eligibility import queries as eligibility_queries
from messaging.around import Around
from messaging.models import Conversation
from smportal import clock
from smportal.business_time import Calendar, business_time_between

# Why nobody can read an answer, in the words of the page and of the refusal.
CANNOT_READ: Final = {
    "deceased": "The record says that this veteran has died, so nobody can read an answer. If somebody of the family "
    "wrote, call them. Then complete the conversation: the response clock goes on until you do.",
    "identity_theft": "This record is flagged for possible identity theft, so nobody can read an answer. Call the "
    "veteran at a number that you know. Then complete the conversation: the response clock goes on until you do.",
}


def surviving(record: VeteranRecord) -> VeteranRecord:
    """Return the record under which a veteran reads: the one that survives all merges."""
    if record.merged_into_id is None:
        return record
    return VeteranRecord.objects.get(id=eligibility_queries.record_family(record.id)[0])


def lock_of(record: VeteranRecord) -> str:
    """Return why nobody can read what is written to a surviving record: a key of CANNOT_READ, or ""."""
    if record.deceased:
        return "deceased"
    return "identity_theft" if record.identity_theft else ""


@dataclass(frozen=True, slots=True)
class VeteranContext:
    """What staff need to know about whom they write to."""

    name: str
    preferred_name: str
    age: int | None
    waiting_hours: int | None
    # Why nobody can read an answer; mostly empty.
    cannot_read: str = ""
    # Under which name the veteran's combined records go on; mostly empty.
    merged_into: str = ""


def veteran_context(conversation: Conversation, around: Around, calendar: Calendar) -> VeteranContext:
    """Return the veteran's name and age, and how many business hours the oldest unanswered message has waited."""
    veteran = conversation.record
    survivor = surviving(veteran)
    account = getattr(survivor, "account", None)
    facility = conversation.team.facility
    waiting = None
    if conversation.due_at is not None and around.waits_since is not None:
        waited = business_time_between(around.waits_since, clock.now(), calendar)
        waiting = int(waited.total_seconds() // 3600)
    return VeteranContext(
        name=veteran.full_name,
        preferred_name=account.preferred_name if account else "",
        age=age_on(veteran, clock.today(facility.zone)),
        waiting_hours=waiting,
        cannot_read=CANNOT_READ.get(lock_of(survivor), ""),
        merged_into=survivor.full_name if survivor != veteran else "",
    )


def age_on(veteran: VeteranRecord, day: dt.date) -> int | None:
    """Return the age in whole years; somebody born on 29 February is a year older on 1 March."""
    born = veteran.birth_date
    if born is None:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
