"""Which privacy officers are told of a break-glass use or a withdrawal, and judge it."""

import uuid
from typing import TypeVar

from django.db.models import Model, QuerySet

from eligibility import queries as eligibility_queries
from eligibility.models import Role, RoleGrant
from smportal.actor import Actor, ActorKind

Row = TypeVar("Row", bound=Model)


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


def to_judge(actor: Actor, rows: QuerySet[Row]) -> QuerySet[Row]:
    """Return those of `rows` at facilities whose privacy officer the actor is; own ones too, which others judge."""
    if actor.kind is not ActorKind.STAFF or not actor.second_factor:
        return rows.none()
    scope = eligibility_queries.scope_of(actor, Role.PRIVACY_OFFICER)
    return rows if scope.everywhere else rows.filter(facility_id__in=scope.facility_ids)
