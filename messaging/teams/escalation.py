"""Naming who is told of a team's escalations beside the administrators, and reading it."""

import uuid
from collections.abc import Collection

from django.db import transaction
from django.db.models.functions import Upper

from accounts.models import Account
from eligibility.actions.locking import locked_team
from eligibility.models import CareTeam, StaffMember
from eligibility.permissions import check_may_administer
from messaging.models import EscalationRecipient
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import InvalidInput

MOST = 10


@transaction.atomic
def set_recipients(*, actor: Actor, team_id: uuid.UUID, staff_numbers: Collection[str]) -> None:
    """Name the people, by staff number, instead of those named before.

    They are active staff of the team's facility, or of the station that it belongs to. Raises Refused, NotFound,
    InvalidInput.
    """
    team = locked_team(team_id)
    check_may_administer(actor, team.facility_id)
    wanted = _people(team, dict.fromkeys(number.strip().upper() for number in staff_numbers if number.strip()))
    standing = {row.staff_id: row for row in EscalationRecipient.objects.filter(team=team)}
    gone = [row for staff_id, row in standing.items() if staff_id not in wanted]
    new = [staff_id for staff_id in wanted if staff_id not in standing]
    if not gone and not new:
        return
    EscalationRecipient.objects.filter(id__in=[row.pk for row in gone]).delete()
    EscalationRecipient.objects.bulk_create(EscalationRecipient(team=team, staff_id=staff_id) for staff_id in new)
    record(
        actor=actor,
        deed=Deed.TEAM_CHANGED,
        object_kind="care_team",
        object_id=team.id,
        details={"change": "escalation", "staff": sorted(wanted.values())},
    )


def _people(team: CareTeam, numbers: Collection[str]) -> dict[uuid.UUID, str]:
    if len(numbers) > MOST:
        raise InvalidInput(f"Name at most {MOST} people", code="too_many", field="escalation")
    places = [place for place in (team.facility_id, team.facility.parent_id) if place is not None]
    people = StaffMember.objects.annotate(upper=Upper("staff_id")).filter(facility_id__in=places, is_active=True)
    found = {staff.staff_id.upper(): staff for staff in people.filter(upper__in=numbers)}
    unknown = [number for number in numbers if number not in found]
    if unknown:
        raise InvalidInput(
            f"Nobody who works at this facility has the staff number {unknown[0][:40]}. Enter staff numbers, one on "
            "each line; email addresses can’t be entered.",
            code="unknown",
            field="escalation",
        )
    return {found[number].id: found[number].staff_id for number in numbers}


def numbers_of(team_id: uuid.UUID) -> list[str]:
    """Return the staff numbers of those who are named, in their order."""
    named = EscalationRecipient.objects.filter(team_id=team_id).order_by("staff__staff_id")
    return list(named.values_list("staff__staff_id", flat=True))


def accounts_of(team_id: uuid.UUID) -> list[uuid.UUID]:
    """Return the accounts of those who are named, are still active and may sign in."""
    named = StaffMember.objects.filter(
        id__in=EscalationRecipient.objects.filter(team_id=team_id).values("staff_id"),
        is_active=True,
        account__is_active=True,
    )
    return list(Account.objects.filter(staff_member__in=named).order_by("id").values_list("id", flat=True))
