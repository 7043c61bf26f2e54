"""Builds `request.actor` once: who acts in this request, as ids."""

from collections.abc import Callable

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django_guid import get_guid

from accounts import sessions
from accounts.address import client_address
from accounts.models import Account, AccountKind, VeteranRecord
from accounts.sessions import Facts
from eligibility.models import StaffMember
from smportal.actor import Actor, ActorKind
from smportal.tiers import Tier


class ActorMiddleware:
    """Sets `request.actor`; every view passes it on explicitly."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = actor_of(request)  # type: ignore[attr-defined]
        return self.get_response(request)


def actor_of(request: HttpRequest) -> Actor:
    """Return who acts: session and account are one query each, roles one more for staff only."""
    address, request_id = client_address(request), get_guid() or ""
    if not request.user.is_authenticated:
        return Actor.anonymous(address=address, request_id=request_id)
    account: Account = request.user
    facts = sessions.read(request.session)
    actor = _staff(account, facts) if account.kind == AccountKind.STAFF else _veteran(account, facts)
    return actor.with_request(address=address, request_id=request_id)


def _staff(account: Account, facts: Facts | None) -> Actor:
    member: StaffMember | None = getattr(account, "staff_member", None)
    return Actor(
        kind=ActorKind.STAFF,
        account_id=account.id,
        staff_id=member.id if member and member.is_active else None,
        second_factor=_second_factor(account, facts),
        roles=roles_of(account),
    )


def roles_of(account: Account) -> frozenset[tuple[str, int | None]]:
    """Return what an account may do in the admin: pairs of role and facility, None for everywhere."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT role, facility_id FROM eligibility_rolegrant WHERE account_id = %s AND revoked_at IS NULL",
            [account.id],
        )
        return frozenset(cursor.fetchall())


def _veteran(account: Account, facts: Facts | None) -> Actor:
    own = account.record
    record = surviving(own) if own else None
    tier = facts.tier if facts else Tier.NONE
    if own and record and (own.is_locked or record.is_locked):
        # Nobody is verified as a record that is deceased or flagged (domain rules, section 3).
        tier = min(tier, Tier.ADVANCED)
    return Actor(
        kind=ActorKind.VETERAN,
        account_id=account.id,
        record_id=record.id if record else None,
        tier=tier,
        second_factor=_second_factor(account, facts),
    )


def _second_factor(account: Account, facts: Facts | None) -> bool:
    return facts is not None and sessions.counts_as_second_factor(account.kind, facts.factor)


def surviving(record: VeteranRecord) -> VeteranRecord:
    """Return the record under which a merged one goes on. The first step is fetched with the account."""
    seen = {record.id}
    while record.merged_into is not None and record.merged_into_id not in seen:
        record = record.merged_into
        seen.add(record.id)
    return record
