"""Associations by hand: a veteran may write to a team although no feed says so."""

import datetime as dt
import uuid

from django.db import IntegrityError, transaction

from eligibility.actions.locking import ONE_DAY, check_period, day_text, locked_survivor
from eligibility.models import Association, CareTeam, Relation
from eligibility.permissions import check_may_administer
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import Conflict, NotFound


@transaction.atomic
def associate(
    *,
    actor: Actor,
    record_id: uuid.UUID,
    team_id: uuid.UUID,
    effective_from: dt.date | None = None,
    effective_until: dt.date | None = None,
) -> Association:
    """Let a veteran write to a team, from today in its zone unless a day is given; both days inclusive.

    Raises Refused, NotFound, InvalidInput, and Conflict when one made by hand covers some of these days.
    """
    team = CareTeam.objects.select_related("facility").filter(id=team_id).first()
    if team is None:
        raise NotFound
    check_may_administer(actor, team.facility_id)
    start = effective_from or clock.today(team.facility.zone)
    check_period(start, effective_until, field="effective_until")
    association = Association(
        record=locked_survivor(record_id),
        team=team,
        relation=Relation.MANUAL,
        effective_from=start,
        stated_until=effective_until,
        effective_until=effective_until,
    )
    try:
        with transaction.atomic():
            association.save(force_insert=True)
    except IntegrityError:
        raise Conflict("The veteran can already write to this team on some of these days.", code="overlaps") from None
    _audit(actor, association, "set")
    return association


@transaction.atomic
def end_association(*, actor: Actor, association_id: int, last_day: dt.date | None = None) -> None:
    """End an association after `last_day`; without one it ends now, so yesterday was its last day.

    One that then never was in force is removed; the audit trail keeps it. Raises Refused and NotFound.
    """
    found = Association.objects.select_related("team__facility").filter(id=association_id).first()
    if found is None:
        raise NotFound
    check_may_administer(actor, found.team.facility_id)
    locked_survivor(found.record_id)
    association = Association.objects.select_for_update().order_by("id").filter(id=association_id).first()
    if association is None:
        raise NotFound
    association.effective_until = last_day or clock.today(found.team.facility.zone) - ONE_DAY
    if association.effective_until < association.effective_from:
        _audit(actor, association, "removed")
        association.delete()
        return
    association.save(update_fields=["effective_until"])
    _audit(actor, association, "ended")


def _audit(actor: Actor, association: Association, change: str) -> None:
    record(
        actor=actor,
        deed=Deed.FACT_CHANGED,
        subject_id=association.record_id,
        object_kind="association",
        object_id=association.pk,
        details={
            "change": change,
            "team": str(association.team_id),
            "relation": association.relation,
            "from": day_text(association.effective_from),
            "until": day_text(association.effective_until),
        },
    )
