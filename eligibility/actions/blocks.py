"""Blocks: a veteran may not write to a team, or to a facility with the stations below it."""

import datetime as dt
import uuid

from django.db import transaction

from eligibility.actions.locking import ONE_DAY, check_period, day_text, locked_survivor
from eligibility.models import Block, CareTeam, Facility
from eligibility.permissions import check_may_administer
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import InvalidInput, NotFound

LONGEST_REASON = 1_000


@transaction.atomic
def set_block(
    *,
    actor: Actor,
    record_id: uuid.UUID,
    reason: str,
    facility_id: int | None = None,
    team_id: uuid.UUID | None = None,
    effective_from: dt.date | None = None,
    effective_until: dt.date | None = None,
) -> Block:
    """Block a veteran from one team or one facility, from today in its zone unless another day is given.

    Both days are inclusive; no end is open. The reason is kept encrypted under the veteran's key.
    Raises Refused, NotFound, or InvalidInput for a missing reason, a wrong period, or not exactly
    one of facility and team.
    """
    if (facility_id is None) == (team_id is None):
        raise InvalidInput("Choose either a facility or a care team.", code="one_scope", field="facility")
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise InvalidInput(f"Give a reason of 1 to {LONGEST_REASON:,} characters.", code="reason", field="reason")
    facility = _facility_of(facility_id, team_id)
    check_may_administer(actor, facility.id)
    start = effective_from or clock.today(facility.zone)
    check_period(start, effective_until, field="effective_until")
    block = Block(
        id=uuid.uuid4(),
        record=locked_survivor(record_id),
        facility_id=facility_id,
        team_id=team_id,
        effective_from=start,
        effective_until=effective_until,
        created_at=clock.now(),
        created_by_id=actor.account_id,
    )
    block.seal_text("reason_sealed", reason.strip())
    block.save(force_insert=True)
    _audit(actor, block, "set")
    return block


@transaction.atomic
def end_block(*, actor: Actor, block_id: uuid.UUID, last_day: dt.date | None = None) -> None:
    """End a block after `last_day`; without one it ends now, so yesterday was its last day.

    A block that then never was in force is removed; the audit trail keeps it. Raises Refused and NotFound.
    """
    found = Block.objects.filter(id=block_id).first()
    if found is None:
        raise NotFound
    facility = _facility_of(found.facility_id, found.team_id)
    check_may_administer(actor, facility.id)
    locked_survivor(found.record_id)
    block = Block.objects.select_for_update().order_by("id").filter(id=block_id).first()
    if block is None:
        raise NotFound
    block.effective_until = last_day or clock.today(facility.zone) - ONE_DAY
    if block.effective_until < block.effective_from:
        _audit(actor, block, "removed")
        block.delete()
        return
    block.save(update_fields=["effective_until"])
    _audit(actor, block, "ended")


def _facility_of(facility_id: int | None, team_id: uuid.UUID | None) -> Facility:
    if team_id is None:
        facility = Facility.objects.filter(id=facility_id or 0).first()
    else:
        team = CareTeam.objects.select_related("facility").filter(id=team_id).first()
        facility = team.facility if team else None
    if facility is None:
        raise NotFound
    return facility


def _audit(actor: Actor, block: Block, change: str) -> None:
    record(
        actor=actor,
        deed=Deed.BLOCK_CHANGED,
        subject_id=block.record_id,
        object_kind="block",
        object_id=block.id,
        details={
            "change": change,
            "facility": block.facility_id,
            "team": str(block.team_id or ""),
            "from": day_text(block.effective_from),
            "until": day_text(block.effective_until),
        },
    )
