"""Team membership. Whoever leaves a team, or the VA, stops taking part in the same transaction."""

import uuid

from django.db import transaction

from accounts.actions import disable_account
from eligibility import hooks
from eligibility.actions.locking import locked_team, locked_teams
from eligibility.actions.participation import end_participations
from eligibility.models import CareTeam, Participation, StaffMember, TeamMembership
from eligibility.permissions import check_may_administer
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import InvalidInput, NotFound


@transaction.atomic
def add_member(*, actor: Actor, team_id: uuid.UUID, staff_id: uuid.UUID, is_lead: bool = False) -> TeamMembership:
    """Make an active staff member a member of a team; one who is there already keeps the membership.

    Raises Refused, NotFound, and InvalidInput for somebody who is not active.
    """
    team = locked_team(team_id)
    check_may_administer(actor, team.facility_id)
    staff = _locked_staff(staff_id)
    if not staff.is_active:
        raise InvalidInput("This person is no longer active.", code="staff_inactive", field="staff")
    membership, is_new = TeamMembership.objects.get_or_create(
        team=team, staff=staff, ended_at=None, defaults={"is_lead": is_lead, "started_at": clock.now()}
    )
    if is_new:
        _audit(actor, team, staff, "added", is_lead=is_lead)
    elif membership.is_lead != is_lead:
        _set_lead(actor, team, membership, is_lead=is_lead)
    return membership


@transaction.atomic
def set_lead(*, actor: Actor, team_id: uuid.UUID, staff_id: uuid.UUID, is_lead: bool) -> None:
    """Make a member a triage lead, or no longer. Raises Refused, and NotFound for somebody who is no member."""
    team = locked_team(team_id)
    check_may_administer(actor, team.facility_id)
    membership = _membership(team, staff_id)
    if membership.is_lead != is_lead:
        _set_lead(actor, team, membership, is_lead=is_lead)


@transaction.atomic
def remove_member(*, actor: Actor, team_id: uuid.UUID, staff_id: uuid.UUID) -> None:
    """End a membership and the person's participation with the team. Raises Refused and NotFound."""
    team = locked_team(team_id)
    check_may_administer(actor, team.facility_id)
    _end(actor, team, _membership(team, staff_id))


@transaction.atomic
def deactivate_staff(*, actor: Actor, staff_id: uuid.UUID, reason: str) -> None:
    """End somebody's memberships, participation and account at once. Raises Refused, NotFound, InvalidInput."""
    staff = StaffMember.objects.filter(id=staff_id).first()
    if staff is None:
        raise NotFound
    check_may_administer(actor, staff.facility_id)
    # Teams before the person, as everywhere: nobody waits in a circle.
    memberships = TeamMembership.objects.filter(staff=staff, ended_at__isnull=True)
    takes_part = Participation.objects.filter(staff_id=staff.staff_id, opted_in=True)
    team_ids = {*memberships.values_list("team_id", flat=True), *takes_part.values_list("team_id", flat=True)}
    for team in locked_teams(team_ids):
        membership = memberships.filter(team=team).first()
        if membership is not None:
            _end(actor, team, membership)
        else:
            end_participations(actor=actor, team=team, staff_id=staff.staff_id)
    staff = _locked_staff(staff_id)
    if staff.is_active:
        staff.is_active = False
        staff.save(update_fields=["is_active"])
        record(
            actor=actor,
            deed=Deed.MEMBERSHIP_CHANGED,
            object_kind="staff_member",
            object_id=staff.id,
            reason=reason,
            details={"change": "deactivated"},
        )
    if staff.account is not None:
        disable_account(actor=actor, account=staff.account, reason=reason)


def _locked_staff(staff_id: uuid.UUID) -> StaffMember:
    staff = StaffMember.objects.select_for_update(no_key=True).order_by("id").filter(id=staff_id).first()
    if staff is None:
        raise NotFound
    return staff


def _membership(team: CareTeam, staff_id: uuid.UUID) -> TeamMembership:
    membership = (
        TeamMembership.objects.select_for_update(of=("self",))
        .order_by("id")
        .select_related("staff")
        .filter(team=team, staff_id=staff_id, ended_at__isnull=True)
        .first()
    )
    if membership is None:
        raise NotFound
    return membership


def _set_lead(actor: Actor, team: CareTeam, membership: TeamMembership, *, is_lead: bool) -> None:
    membership.is_lead = is_lead
    membership.save(update_fields=["is_lead"])
    _audit(actor, team, membership.staff, "lead" if is_lead else "no longer lead", is_lead=is_lead)


def _end(actor: Actor, team: CareTeam, membership: TeamMembership) -> None:
    membership.ended_at = clock.now()
    membership.save(update_fields=["ended_at"])
    _audit(actor, team, membership.staff, "removed", is_lead=membership.is_lead)
    end_participations(actor=actor, team=team, staff_id=membership.staff.staff_id)
    hooks.member_left(actor, membership.staff_id, [team.id])


def _audit(actor: Actor, team: CareTeam, staff: StaffMember, change: str, *, is_lead: bool) -> None:
    record(
        actor=actor,
        deed=Deed.MEMBERSHIP_CHANGED,
        object_kind="care_team",
        object_id=team.id,
        details={"change": change, "staff": staff.staff_id, "is_lead": is_lead},
    )
