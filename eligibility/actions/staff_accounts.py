"""Which account is a staff member's: from then on it sees what their care teams see."""

import uuid

from django.db import transaction

from accounts import sessions
from accounts.actions import create_staff_account
from accounts.models import Account, AccountKind
from eligibility.models import StaffMember
from eligibility.permissions import check_may_administer
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import Conflict, InvalidInput, NotFound


@transaction.atomic
def link_staff_account(*, actor: Actor, staff_id: uuid.UUID, account_id: uuid.UUID) -> StaffMember:
    """Make a staff account that of a staff member; again is the same as once. The account's sessions end.

    Raises Refused, NotFound, and Conflict when either belongs to somebody else already.
    """
    staff = StaffMember.objects.select_for_update(no_key=True).filter(id=staff_id).first()
    if staff is None:
        raise NotFound
    check_may_administer(actor, staff.facility_id)
    if staff.account_id == account_id:
        return staff
    account = Account.objects.select_for_update(no_key=True).filter(id=account_id, kind=AccountKind.STAFF).first()
    if account is None:
        raise NotFound
    if staff.account_id is not None or StaffMember.objects.filter(account=account).exists():
        raise Conflict("This account or this staff member is already linked.", code="already_linked")
    staff.account = account
    staff.save(update_fields=["account"])
    record(
        actor=actor,
        deed=Deed.MEMBERSHIP_CHANGED,
        object_kind="staff_member",
        object_id=staff.id,
        details={
            "change": "account linked",
            "account": str(account.id),
            "sessions_ended": sessions.end_all(account.id),
        },
    )
    return staff


@transaction.atomic
def give_account(*, actor: Actor, staff_id: uuid.UUID) -> StaffMember:
    """Open a sign-in account for an active staff member who has none: user name is the staff number.

    There is no password: the person sets one by the link of "forgot password", then a second factor.
    Raises Refused, NotFound, InvalidInput for somebody inactive or without an address, or a taken user name.
    """
    staff = StaffMember.objects.filter(id=staff_id).first()
    if staff is None:
        raise NotFound
    check_may_administer(actor, staff.facility_id)
    if staff.account_id is not None:
        return staff
    if not staff.is_active:
        raise InvalidInput(f"{staff.staff_id} is no longer active.", code="staff_inactive", field="staff")
    account = create_staff_account(
        actor=actor, username=staff.staff_id.lower(), email=staff.email, preferred_name=staff.name
    )
    return link_staff_account(actor=actor, staff_id=staff.id, account_id=account.id)
