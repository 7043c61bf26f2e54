"""Participation by hand: a provider starts or stops using secure messaging with a team."""

import datetime as dt
import uuid

from django.db import transaction
from django.db.models import QuerySet

from eligibility.actions.locking import ONE_DAY, check_period, day_text, locked_team
from eligibility.models import CareTeam, Participation
from eligibility.permissions import check_may_administer
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record


@transaction.atomic
def set_participation(
    *,
    actor: Actor,
    team_id: uuid.UUID,
    staff_id: str,
    opted_in: bool,
    role: str = "provider",
    effective_from: dt.date | None = None,
    effective_until: dt.date | None = None,
) -> Participation:
    """Opt a provider (by staff number) in or out with a team, from today in the team's zone unless a day is given.

    What was said for the same days before gives way: the earlier period ends on the day before, one
    that would begin within the new one never does. Raises Refused, NotFound, InvalidInput.
    """
    team = locked_team(team_id)
    check_may_administer(actor, team.facility_id)
    start = effective_from or clock.today(team.facility.zone)
    check_period(start, effective_until, field="effective_until")
    rows = list(locked_participations(team, staff_id))
    _make_room(rows, start, effective_until)
    said = {
        "opted_in": opted_in,
        "role": role,
        "stated_until": effective_until,
        "effective_until": effective_until,
    }
    row, _ = Participation.objects.update_or_create(team=team, staff_id=staff_id, effective_from=start, defaults=said)
    _audit(actor, team, row)
    return row


def _make_room(rows: list[Participation], start: dt.date, end: dt.date | None) -> None:
    for row in rows:
        is_before = row.effective_until is not None and row.effective_until < start
        is_after = end is not None and row.effective_from > end
        if is_before or is_after or row.effective_from == start:
            continue
        # A period that would begin later ends before it begins: it stays on record and never counts.
        row.effective_until = (max(row.effective_from, start)) - ONE_DAY
        row.save(update_fields=["effective_until"])


def locked_participations(team: CareTeam, staff_id: str) -> QuerySet[Participation]:
    """Return a provider's rows with a team, locked alone: the model's own order would lock the joined team too."""
    return Participation.objects.select_for_update().filter(team=team, staff_id=staff_id).order_by("effective_from")


def end_participations(*, actor: Actor, team: CareTeam, staff_id: str) -> None:
    """End all that a provider agreed to with a team; the caller has locked the team (locking.locked_team)."""
    yesterday = clock.today(team.facility.zone) - ONE_DAY
    for row in locked_participations(team, staff_id).filter(opted_in=True):
        if row.effective_until is None or row.effective_until > yesterday:
            row.effective_until = yesterday
            row.save(update_fields=["effective_until"])
            _audit(actor, team, row)


def _audit(actor: Actor, team: CareTeam, row: Participation) -> None:
    record(
        actor=actor,
        deed=Deed.FACT_CHANGED,
        object_kind="participation",
        object_id=row.pk,
        details={
            "team": team.code,
            "staff": row.staff_id,
            "role": row.role,
            "opted_in": row.opted_in,
            "from": day_text(row.effective_from),
            "until": day_text(row.effective_until),
        },
    )
