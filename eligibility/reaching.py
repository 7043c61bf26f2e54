"""May a care team start a conversation with a veteran (domain rules, sections 3 and 5)? For one or for many.

Staff may still answer somebody who is blocked or no longer eligible; to start anew they may not. What the veteran
could do by signing in again, agreeing to the current terms of use, does not stand in the way: they can read
without it, and are asked before they reply. See docs/adr/0028-whom-staff-may-write-to.md.
"""

import datetime as dt
import enum
import uuid
from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection

from accounts.models import AccountKind, Credential
from accounts.tiers import tier_of
from eligibility import facts as facts_of
from eligibility import rules
from eligibility.rules import Facts, Name, TeamReason
from smportal import clock
from smportal.tiers import Tier


class Obstacle(enum.StrEnum):
    """Why a team may not start a conversation with somebody; in the order in which they count."""

    UNKNOWN = "unknown"
    DECEASED = "deceased"
    IDENTITY_THEFT = "identity_theft"
    TEAM_INACTIVE = "team_inactive"
    NO_PROVIDER = "no_participating_provider"
    BLOCKED = "blocked"
    NOT_ENROLLED = "not_enrolled"
    NOT_REGISTERED = "not_registered"
    NO_ACCOUNT = "no_account"
    NOT_VERIFIED = "not_verified"


@dataclass(frozen=True, slots=True)
class Standing:
    """One veteran before one team. `record_id` survives the merges of the record that was asked about.

    `account_ids` are those to tell; `is_associated` tells whether an association with the team is in force.
    """

    record_id: uuid.UUID
    family: tuple[uuid.UUID, ...]
    account_ids: tuple[uuid.UUID, ...]
    is_associated: bool
    obstacle: Obstacle | None


_FAMILIES = """
WITH RECURSIVE up(given, id, merged_into_id) AS (
    SELECT id, id, merged_into_id FROM accounts_veteranrecord WHERE id = ANY(%s)
    UNION
    SELECT up.given, r.id, r.merged_into_id FROM accounts_veteranrecord r JOIN up ON r.id = up.merged_into_id
), survivor AS (
    SELECT given, id FROM up WHERE merged_into_id IS NULL
), family(given, id) AS (
    SELECT given, id FROM survivor
    UNION
    SELECT f.given, r.id FROM accounts_veteranrecord r JOIN family f ON r.merged_into_id = f.id
)
SELECT s.given, s.id, r.deceased, r.identity_theft,
    (SELECT array_agg(f.id ORDER BY f.id = s.id DESC, f.id) FROM family f WHERE f.given = s.given),
    (SELECT array_agg(a.id ORDER BY a.id) FROM family f JOIN accounts_account a ON a.record_id = f.id
        WHERE f.given = s.given AND a.is_active AND a.kind = %s)
FROM survivor s JOIN accounts_veteranrecord r ON r.id = s.id
"""


@dataclass(frozen=True, slots=True)
class _Family:
    survivor: uuid.UUID
    deceased: bool
    identity_theft: bool
    members: tuple[uuid.UUID, ...]
    accounts: tuple[uuid.UUID, ...]


def standings(
    *, team_id: uuid.UUID, record_ids: Collection[uuid.UUID], lock: bool = False
) -> dict[uuid.UUID, Standing]:
    """Return how each of these records stands before the team; what does not exist is left out.

    `lock` holds the team and the records in share mode until the transaction ends, before anything is read, as
    the decision about a veteran's own send does: what changes a fact of them waits, or is seen here.
    """
    if lock:
        _hold(team_id, record_ids)
    families = _families(record_ids)
    tiers = _tiers([account for family in families.values() for account in family.accounts])
    now = clock.now()
    survivors = sorted({family.survivor for family in families.values()})
    facts = facts_of.load_many(record_ids=survivors, team_id=team_id, now=now)
    return {given: _standing(team_id, family, facts[family.survivor], tiers, now) for given, family in families.items()}


def account_ids_of(record_id: uuid.UUID) -> tuple[uuid.UUID, ...]:
    """Return the accounts to tell of what happens to a record, whichever record of its merges they are linked to."""
    family = _families([record_id]).get(record_id)
    return family.accounts if family else ()


def _hold(team_id: uuid.UUID, record_ids: Collection[uuid.UUID]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM eligibility_careteam WHERE id = %s FOR SHARE", [team_id])
        cursor.execute(
            "SELECT FROM accounts_veteranrecord WHERE id = ANY(%s) ORDER BY id FOR SHARE", [sorted(record_ids)]
        )


def _families(record_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, _Family]:
    with connection.cursor() as cursor:
        cursor.execute(_FAMILIES, [list(record_ids), AccountKind.VETERAN])
        return {
            given: _Family(survivor, deceased, theft, tuple(members), tuple(accounts or ()))
            for given, survivor, deceased, theft, members, accounts in cursor.fetchall()
        }


def _tiers(account_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Tier]:
    """Return each account's highest tier: whoever is written to has no session (domain rules, section 2)."""
    highest: dict[uuid.UUID, Tier] = {}
    held = Credential.objects.filter(account_id__in=account_ids, unlinked_at__isnull=True)
    for account_id, kind, level in held.values_list("account_id", "kind", "level"):
        highest[account_id] = max(highest.get(account_id, Tier.NONE), tier_of(kind, level))
    return highest


def _standing(
    team_id: uuid.UUID, family: _Family, facts: Facts, tiers: dict[uuid.UUID, Tier], now: dt.datetime
) -> Standing:
    tier = max((tiers.get(account, Tier.NONE) for account in family.accounts), default=Tier.NONE)
    outcome = rules.evaluate(facts, tier, now)
    team = next((found for found in outcome.teams if found.id == team_id), None)
    is_active = any(found.id == team_id and found.is_active for found in facts.teams)
    return Standing(
        record_id=family.survivor,
        family=family.members,
        account_ids=family.accounts,
        is_associated=team is not None and team.associated,
        obstacle=_obstacle(family, outcome, team, is_active=is_active),
    )


def _obstacle(
    family: _Family, outcome: rules.Outcome, team: rules.TeamFinding | None, *, is_active: bool
) -> Obstacle | None:
    if family.deceased or family.identity_theft:
        return Obstacle.DECEASED if family.deceased else Obstacle.IDENTITY_THEFT
    if team is None:
        return Obstacle.TEAM_INACTIVE
    reason = rules.conversation_reason(is_active=is_active, blocked=team.blocked, takes_part=team.takes_part)
    if reason is not TeamReason.OK:
        return _TEAM.get(reason, Obstacle.BLOCKED)
    met = {finding.name: finding.met for finding in outcome.findings}
    unmet = (
        (met[Name.ENROLLED], Obstacle.NOT_ENROLLED),
        (met[Name.REGISTERED], Obstacle.NOT_REGISTERED),
        (bool(family.accounts), Obstacle.NO_ACCOUNT),
        (met[Name.VERIFIED_CREDENTIAL], Obstacle.NOT_VERIFIED),
    )
    return next((obstacle for holds, obstacle in unmet if not holds), None)


_TEAM = {
    TeamReason.TEAM_INACTIVE: Obstacle.TEAM_INACTIVE,
    TeamReason.NO_PARTICIPATING_PROVIDER: Obstacle.NO_PROVIDER,
}
