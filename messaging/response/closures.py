"""Administrators' closures: entered and removed, with the open clocks computed again in the same transaction."""

import datetime as dt
from collections.abc import Collection
from typing import Final

from django.db import transaction

from eligibility import queries as eligibility_queries
from eligibility.models import Facility
from messaging.models import Closure
from messaging.response.locks import hold_calendar
from messaging.response.recomputing import recompute
from smportal import clock
from smportal.actor import Actor, ActorKind
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.business_time import FIRST_DAY, LAST_DAY, CalendarRangeError
from smportal.errors import InvalidInput, NotFound, Refused

# A slip of the year must not stop every clock of a facility.
MOST_DAYS: Final = 366


@transaction.atomic
def add_closure(
    *,
    actor: Actor,
    facility: Facility | None,
    first_date: dt.date,
    last_date: dt.date,
    reason: str,
    with_children: bool = False,
) -> Closure:
    """Close a facility (None: all) on whole local dates, both inclusive, and compute open clocks again.

    Raises InvalidInput naming the field, Refused for a closure of all by somebody who does not
    administer all, NotFound for a facility outside of the actor's scope, and what `recompute` raises.
    """
    _check(actor, facility.id if facility else None)
    hold_calendar()
    closure = Closure.objects.create(
        facility=facility,
        with_children=with_children and facility is not None,
        first_date=first_date,
        last_date=_checked_end(first_date, last_date),
        reason=_checked_reason(reason),
        created_at=clock.now(),
        created_by_id=actor.account_id,
    )
    _audit_and_recompute(actor, closure, "added")
    return closure


@transaction.atomic
def remove_closure(*, actor: Actor, closure_id: int) -> None:
    """Remove a closure and compute open clocks again.

    Raises NotFound for one that is not there or outside of the actor's scope, Refused for a closure
    of all by somebody who does not administer all, and what `recompute` raises.
    """
    hold_calendar()
    closure = Closure.objects.select_for_update().filter(id=closure_id).first()
    if closure is None:
        raise NotFound
    _check(actor, closure.facility_id)
    _delete(closure)
    _audit_and_recompute(actor, closure, "removed")


def _delete(closure: Closure) -> None:
    # The instance keeps its id, which the audit row needs.
    Closure.objects.filter(id=closure.id).delete()


def _check(actor: Actor, facility_id: int | None) -> None:
    if actor.kind is ActorKind.SYSTEM:
        return
    if actor.kind is not ActorKind.STAFF or not actor.second_factor:
        raise NotFound
    scope = eligibility_queries.scope_of(actor)
    if facility_id is None and not scope.everywhere:
        raise Refused("Only a national administrator can close every facility.", code="not_national")
    if facility_id is not None and not scope.covers(facility_id):
        raise NotFound


def _checked_end(first: dt.date, last: dt.date) -> dt.date:
    if last < first:
        raise InvalidInput("The last day can’t be before the first day", field="last_date")
    if not FIRST_DAY <= first <= last <= LAST_DAY:
        raise InvalidInput(f"Enter dates from {FIRST_DAY.year} to {LAST_DAY.year}", field="first_date")
    if (last - first).days >= MOST_DAYS:
        raise InvalidInput("A closure can be one year long at most. Check the year.", field="last_date")
    return last


def _checked_reason(reason: str) -> str:
    cleaned = " ".join(reason.split())
    if not cleaned:
        raise InvalidInput("Enter a reason, such as Hurricane", code="empty", field="reason")
    if len(cleaned) > 200 or not cleaned.isprintable():
        raise InvalidInput("Enter a reason of at most 200 plain characters", field="reason")
    return cleaned


def _audit_and_recompute(actor: Actor, closure: Closure, change: str) -> None:
    record(
        actor=actor,
        deed=Deed.CLOSURE_CHANGED,
        object_kind="closure",
        object_id=closure.id,
        reason=closure.reason,
        details={
            "change": change,
            "facility": closure.facility_id,
            "with_children": closure.with_children,
            "first_date": closure.first_date.isoformat(),
            "last_date": closure.last_date.isoformat(),
        },
    )
    try:
        recompute(actor=actor, facility_ids=_affected(closure), reason=f"closure_{change}")
    except CalendarRangeError as error:
        raise InvalidInput("These closures would leave no business days. Check the year.", field="last_date") from error


def _affected(closure: Closure) -> Collection[int] | None:
    if closure.facility_id is None:
        return None
    if closure.with_children:
        return eligibility_queries.with_children([closure.facility_id])
    return [closure.facility_id]
