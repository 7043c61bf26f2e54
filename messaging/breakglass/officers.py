"""Which privacy officers are told of a use and judge it."""

import uuid

from eligibility import queries as eligibility_queries
from eligibility.models import Role, RoleGrant


def officers_to_tell(facility_id: int, *, but: uuid.UUID) -> frozenset[uuid.UUID]:
    """Return the accounts of the facility's privacy officers, without `but`; where none is left, the national ones.

    Nobody is told of, or judges, what they did themselves: a facility's only officer who broke the
    glass leaves it to the national ones.
    """
    own = {person.account_id for person in eligibility_queries.privacy_officers_of(facility_id)} - {but}
    return frozenset(own) or national_officers() - {but}


def national_officers() -> frozenset[uuid.UUID]:
    """Return the accounts of privacy officers without a facility, who can sign in."""
    grants = RoleGrant.objects.filter(role=Role.PRIVACY_OFFICER, facility__isnull=True, revoked_at__isnull=True)
    grants = grants.filter(account__is_active=True).exclude(account__staff_member__is_active=False)
    return frozenset(grants.values_list("account_id", flat=True))
