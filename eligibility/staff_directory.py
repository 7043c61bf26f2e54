"""Whom a staff id of the single sign-on belongs to; accounts asks through the setting STAFF_DIRECTORY."""

from django.db import transaction

from accounts.actions import create_staff_account
from accounts.models import Account
from eligibility.actions import link_staff_account
from eligibility.models import StaffMember
from smportal.actor import Actor

BY = Actor.system("staff_sign_on")


@transaction.atomic
def account_of(staff_id: str) -> Account | None:
    """Return the account of the active staff member with this id, made now if there is none yet.

    None for an unknown id, somebody who left, or somebody without an address to tell of it.
    """
    staff = StaffMember.objects.select_for_update(of=("self",), no_key=True).filter(staff_id=staff_id).first()
    if staff is None or not staff.is_active:
        return None
    if staff.account is not None:
        return staff.account
    if not staff.email:
        return None
    account = create_staff_account(actor=BY, username=f"staff-{staff.id.hex}", email=staff.email)
    link_staff_account(actor=BY, staff_id=staff.id, account_id=account.id)
    return account
