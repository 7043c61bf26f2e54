"""Where an email goes: only to an address that is known to be the person's own."""

from allauth.account.models import EmailAddress

from accounts.models import Account, AccountKind
from eligibility.models import StaffMember


def address_of(account: Account) -> str:
    """Return the address for an account's emails, or "" when there is none that may be used.

    A veteran's is the verified primary one. A staff member's is the one that the staff feed gives,
    else the account's, which an administrator entered.
    """
    if account.kind == AccountKind.STAFF:
        staff = StaffMember.objects.filter(account=account, is_active=True).first()
        return (staff.email if staff else "") or account.email
    verified = EmailAddress.objects.filter(user=account, verified=True, primary=True).first()
    return str(verified.email) if verified else ""


def masked(address: str) -> str:
    """Return an address as its owner recognises it and nobody else can use it: j•••@example.test."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"[:100]
