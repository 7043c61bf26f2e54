"""Facility scopes: administrators, privacy officers, auditors."""

import uuid

from django.db import transaction

from accounts import sessions
from accounts.models import Account, AccountKind
from eligibility.models import Role, RoleGrant
from eligibility.permissions import check_may_administer
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import InvalidInput, NotFound, Refused


@transaction.atomic
def grant_role(*, actor: Actor, account_id: uuid.UUID, role: str, facility_id: int | None) -> RoleGrant:
    """Give a staff account a role at a facility and the stations below it, or everywhere (None).

    An administrator gives only within the own scope, and nobody to oneself. The account's sessions end,
    so that the new right begins with a new sign-in. Raises Refused, NotFound, InvalidInput.
    """
    _check(actor, account_id, facility_id)
    if role not in Role.values:
        raise InvalidInput("Choose a role.", code="role", field="role")
    account = Account.objects.select_for_update(no_key=True).filter(id=account_id, kind=AccountKind.STAFF).first()
    if account is None:
        raise NotFound
    held = RoleGrant.objects.filter(account=account, role=role, revoked_at__isnull=True)
    here = held.filter(facility__isnull=True) if facility_id is None else held.filter(facility_id=facility_id)
    grant = here.first()
    if grant is None:
        grant = RoleGrant.objects.create(account=account, role=role, facility_id=facility_id, granted_at=clock.now())
        _changed(actor, grant, "granted")
    return grant


@transaction.atomic
def revoke_role(*, actor: Actor, grant_id: int) -> None:
    """Take a role away and end the account's sessions; again is the same as once. Raises Refused, NotFound."""
    grant = RoleGrant.objects.select_for_update().order_by("id").filter(id=grant_id).first()
    if grant is None:
        raise NotFound
    _check(actor, grant.account_id, grant.facility_id)
    if grant.revoked_at is None:
        grant.revoked_at = clock.now()
        grant.save(update_fields=["revoked_at"])
        _changed(actor, grant, "revoked")


def _check(actor: Actor, account_id: uuid.UUID, facility_id: int | None) -> None:
    check_may_administer(actor, facility_id)
    if actor.account_id == account_id:
        raise Refused("Nobody may change their own roles. Ask another administrator.", code="own_role")


def _changed(actor: Actor, grant: RoleGrant, change: str) -> None:
    ended = sessions.end_all(grant.account_id)
    record(
        actor=actor,
        deed=Deed.ROLE_CHANGED,
        object_kind="account",
        object_id=grant.account_id,
        details={"change": change, "role": grant.role, "facility": grant.facility_id, "sessions_ended": ended},
    )
