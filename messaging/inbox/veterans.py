"""Whom a care team writes to."""

import datetime as dt
from dataclasses import dataclass

from accounts.models import VeteranRecord
from messaging.models import Conversation
from messaging.response.calendars import calendar_for
from smportal import clock
from smportal.business_time import business_time_between


@dataclass(frozen=True, slots=True)
class VeteranContext:
    """What staff need to know about whom they write to."""

    name: str
    preferred_name: str
    age: int | None
    waiting_hours: int | None


def veteran_context(conversation: Conversation) -> VeteranContext:
    """Return the veteran's name and age, and how many business hours the oldest unanswered message has waited."""
    veteran = conversation.record
    account = getattr(veteran, "account", None)
    facility = conversation.team.facility
    waiting = None
    if conversation.due_at is not None:
        started = conversation.obligations.filter(ended_at__isnull=True).values_list("started_at", flat=True).first()
        if started is not None:
            waiting = int(business_time_between(started, clock.now(), calendar_for(facility)).total_seconds() // 3600)
    return VeteranContext(
        name=veteran.full_name,
        preferred_name=account.preferred_name if account else "",
        age=age_on(veteran, clock.today(facility.zone)),
        waiting_hours=waiting,
    )


def age_on(veteran: VeteranRecord, day: dt.date) -> int | None:
    """Return the age in whole years; somebody born on 29 February is a year older on 1 March."""
    born = veteran.birth_date
    if born is None:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
