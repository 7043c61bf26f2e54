"""Open clocks computed again, because the calendar under them has changed (domain rules, section 6)."""

import datetime as dt
import time
import uuid
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from django.db import transaction

from messaging.models import Conversation, Obligation
from messaging.response.calendars import calendars_for
from messaging.response.locks import hold_calendar
from messaging.response.steps import next_step_at
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import Event, record_many
from smportal.business_time import Deadlines, deadlines
from smportal.errors import Conflict

AT_ONCE: Final = 500
_PATIENCE_SECONDS: Final = 10
_PAUSE_SECONDS: Final = 0.02


@transaction.atomic
def recompute(*, actor: Actor, facility_ids: Collection[int] | None, reason: str) -> int:
    """Compute the open clocks of these facilities (None: of all) again from their start; return how many moved.

    Steps already taken stay taken; of those to come, the sweep takes what is owed by the new instants.
    Every clock that moves is audited with its old and new due instant; `reason` is a stable code.
    Runs in the caller's transaction, together with what changed the calendar, and keeps new clocks
    from starting until that ends. `facility_ids` are taken as they are: name the children as well.
    Raises Conflict when a conversation stays locked for ten seconds, and CalendarRangeError
    (a ValueError) when a clock would find no business time.
    """
    hold_calendar()
    waiting = set(_open_clocks(facility_ids))
    moved = 0
    patience = time.monotonic() + _PATIENCE_SECONDS
    while waiting:
        batch = _locked(sorted(waiting)[:AT_ONCE])
        if batch:
            moved += _compute_again(actor, batch, reason)
            waiting -= {clock.conversation_id for clock in batch}
            continue
        # All of the rest are being answered at this moment; those that were need nothing any more.
        waiting &= set(_open_clocks(facility_ids))
        if waiting and time.monotonic() > patience:
            raise Conflict("Somebody is working on these conversations right now. Nothing was changed. Try again.")
        time.sleep(_PAUSE_SECONDS)
    return moved


def zone_changed(actor: Actor, facility_ids: Sequence[int]) -> None:
    """Compute the clocks of facilities with a new time zone again, in the change's own transaction."""
    recompute(actor=actor, facility_ids=facility_ids, reason="zone_changed")


def _open_clocks(facility_ids: Collection[int] | None) -> Iterable[uuid.UUID]:
    """Return the conversations with an open clock."""
    clocks = Obligation.objects.filter(ended_at__isnull=True).order_by()
    if facility_ids is not None:
        clocks = clocks.filter(conversation__team__facility_id__in=facility_ids)
    return clocks.values_list("conversation_id", flat=True)


def _locked(conversation_ids: Collection[uuid.UUID]) -> list[Obligation]:
    """Return the open clocks of those conversations that nobody else has locked, with both rows locked.

    Conversation first, as a reply does. Never waiting for one: whoever has it locked may be waiting
    for the calendar, which we hold.
    """
    free = list(
        Conversation.objects.select_for_update(skip_locked=True)
        .filter(id__in=conversation_ids)
        .order_by("id")
        .values_list("id", flat=True)
    )
    return list(
        Obligation.objects.select_for_update(of=("self",))
        .select_related("conversation__team__facility")
        .filter(conversation_id__in=free, ended_at__isnull=True)
        .order_by("id")
    )


def _compute_again(actor: Actor, clocks: list[Obligation], reason: str) -> int:
    calendars = calendars_for({clock.conversation.team.facility for clock in clocks})
    moved, events = [], []
    for clock in clocks:
        new = deadlines(clock.started_at, calendars[clock.conversation.team.facility_id])
        if new != Deadlines(clock.remind_at, clock.due_at, clock.escalate_at):
            events.append(_event(clock, new.due_at, reason))
            clock.remind_at, clock.due_at, clock.escalate_at = new.remind_at, new.due_at, new.escalate_at
            clock.next_step_at = next_step_at(clock)
            clock.conversation.due_at = new.due_at
            moved.append(clock)
    Obligation.objects.bulk_update(moved, ["remind_at", "due_at", "escalate_at", "next_step_at"])
    Conversation.objects.bulk_update([clock.conversation for clock in moved], ["due_at"])
    record_many(actor=actor, events=events)
    return len(moved)


def _event(clock: Obligation, due_at: dt.datetime, reason: str) -> Event:
    return Event(
        deed=Deed.OBLIGATION_RECOMPUTED,
        subject_id=clock.conversation.record_id,
        object_kind="obligation",
        object_id=clock.id,
        reason=reason,
        details={
            "conversation": str(clock.conversation_id),
            "from": clock.due_at.isoformat(),
            "to": due_at.isoformat(),
        },
    )
