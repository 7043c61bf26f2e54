"""Who belongs to what: memberships, administrators, scopes, phone numbers, merged records."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from eligibility.models import CareTeam, Facility, Registration, Role, TeamMembership, TermsAcceptance
from smportal import clock
from smportal.actor import Actor, ActorKind
from smportal.prepared import prepared_cursor
from smportal.tiers import Tier


@dataclass(frozen=True, slots=True)
class TeamPerson:
    """A staff member of a team. `account_id` is None until the person has an account that may sign in."""

    staff_id: uuid.UUID
    account_id: uuid.UUID | None
    name: str
    is_lead: bool


@dataclass(frozen=True, slots=True)
class RolePerson:
    """Somebody who holds a role, with an account that may sign in."""

    account_id: uuid.UUID
    name: str


@dataclass(frozen=True, slots=True)
class Scope:
    """The facilities that somebody administers: all of them, or these."""

    everywhere: bool
    facility_ids: frozenset[int] = frozenset()

    def covers(self, facility_id: int) -> bool:
        """Tell whether a facility lies in the scope."""
        return self.everywhere or facility_id in self.facility_ids


# The teams, active or not, of active staff with this account: the one place that says whose a team is.
OWN_MEMBERSHIPS = """
SELECT m.team_id, m.is_lead
FROM eligibility_teammembership m JOIN eligibility_staffmember s ON s.id = m.staff_id
WHERE m.staff_id = %(staff)s AND s.account_id = %(account)s AND s.is_active AND m.ended_at IS NULL
"""


def team_ids_of(actor: Actor) -> list[uuid.UUID]:
    """Return the teams, active or not, of which the actor is a member; none for anybody but active staff."""
    if actor.kind is not ActorKind.STAFF or actor.staff_id is None or actor.account_id is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"{OWN_MEMBERSHIPS} ORDER BY m.team_id", {"staff": actor.staff_id, "account": actor.account_id})
        return [team_id for team_id, _ in cursor.fetchall()]


def is_member(staff_id: uuid.UUID, team_id: uuid.UUID) -> bool:
    """Tell whether an active staff member belongs to a team now."""
    return TeamMembership.objects.filter(
        staff_id=staff_id, team_id=team_id, staff__is_active=True, ended_at__isnull=True
    ).exists()


def members_of(team_id: uuid.UUID) -> list[TeamPerson]:
    """Return a team's active members by name."""
    return _members(team_id)


def leads_of(team_id: uuid.UUID) -> list[TeamPerson]:
    """Return a team's active triage leads by name."""
    return [person for person in _members(team_id) if person.is_lead]


MEMBERS = """
SELECT s.id, a.id, s.name, m.is_lead
FROM eligibility_teammembership m
JOIN eligibility_staffmember s ON s.id = m.staff_id AND s.is_active
LEFT JOIN accounts_account a ON a.id = s.account_id AND a.is_active
WHERE m.team_id = %(team)s AND m.ended_at IS NULL
ORDER BY lower(s.name), s.staff_id
"""


def _members(team_id: uuid.UUID) -> list[TeamPerson]:
    with connection.cursor() as cursor:
        cursor.execute(MEMBERS, {"team": team_id})
        return [TeamPerson(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class NamedTeam:
    """A care team under the name that staff see."""

    id: uuid.UUID
    internal_name: str


TAKING_PART = """
SELECT t.id, t.internal_name
FROM eligibility_careteam t
WHERE t.facility_id = %(facility)s AND t.is_active AND EXISTS (
    SELECT FROM eligibility_participation p
    WHERE p.team_id = t.id AND p.opted_in AND p.effective_from <= %(today)s
        AND (p.effective_until IS NULL OR p.effective_until >= %(today)s)
)
ORDER BY lower(t.internal_name), t.id
"""


def teams_taking_part(facility: Facility) -> list[NamedTeam]:
    """Return a facility's active teams in which somebody takes part today, by name."""
    with connection.cursor() as cursor:
        cursor.execute(TAKING_PART, {"facility": facility.id, "today": clock.today(facility.zone)})
        return [NamedTeam(*row) for row in cursor.fetchall()]


_ADMINISTRATORS = """
WITH RECURSIVE above(id) AS (
    SELECT id FROM eligibility_facility WHERE id = %(facility)s
    UNION
    SELECT f.parent_id FROM eligibility_facility f JOIN above ON f.id = above.id WHERE f.parent_id IS NOT NULL
), granted AS (
    SELECT DISTINCT a.id, coalesce(s.name, a.username) AS name, g.facility_id IS NOT NULL AS is_local
    FROM eligibility_rolegrant g
    JOIN accounts_account a ON a.id = g.account_id AND a.is_active
    LEFT JOIN eligibility_staffmember s ON s.account_id = a.id
    WHERE g.role = %(role)s AND g.revoked_at IS NULL
        AND (g.facility_id IS NULL OR g.facility_id IN (SELECT id FROM above))
        AND coalesce(s.is_active, true)
)
SELECT id, name FROM granted WHERE is_local OR NOT EXISTS (SELECT FROM granted WHERE is_local)
ORDER BY lower(name), id
"""


def administrators_of(facility_id: int) -> list[RolePerson]:
    """Return who administers a facility or a station above it; where nobody does, the national administrators."""
    return _holders(Role.ADMINISTRATOR, facility_id)


def privacy_officers_of(facility_id: int) -> list[RolePerson]:
    """Return the privacy officers in charge of a facility, by the same rule as its administrators."""
    return _holders(Role.PRIVACY_OFFICER, facility_id)


def _holders(role: Role, facility_id: int) -> list[RolePerson]:
    with connection.cursor() as cursor:
        cursor.execute(_ADMINISTRATORS, {"facility": facility_id, "role": role.value})
        return [RolePerson(account_id, name) for account_id, name in cursor.fetchall()]


_BELOW = """
WITH RECURSIVE below(id) AS (
    SELECT id FROM eligibility_facility WHERE id = ANY(%s)
    UNION
    SELECT f.id FROM eligibility_facility f JOIN below ON f.parent_id = below.id
) SELECT id FROM below
"""


def with_children(facility_ids: list[int]) -> frozenset[int]:
    """Return the facilities and every station below them."""
    if not facility_ids:
        return frozenset()
    with connection.cursor() as cursor:
        cursor.execute(_BELOW, [facility_ids])
        return frozenset(row[0] for row in cursor.fetchall())


def scope_of(actor: Actor, role: str = Role.ADMINISTRATOR) -> Scope:
    """Return the facilities where the actor holds a role, with their children; nothing without the role."""
    held = [facility_id for name, facility_id in actor.roles if name == role]
    if None in held:
        return Scope(everywhere=True)
    return Scope(
        everywhere=False, facility_ids=with_children([facility_id for facility_id in held if facility_id is not None])
    )


def contact_phone(team: CareTeam, *, record_id: uuid.UUID | None = None) -> str:
    """Return the team's number, else its facility's, else that of the facility where the record is registered.

    Empty when none is known: then offer the facility finder (domain rules, section 4).
    """
    phone = team.phone or team.facility.phone
    if phone or record_id is None:
        return phone
    return phone_where_registered(record_id)


def phone_where_registered(record_id: uuid.UUID) -> str:
    """Return the number of the facility where a record is registered now, of the earliest that has one."""
    rows = Registration.objects.filter(record_id=record_id).select_related("facility").order_by("registered_on", "id")
    for row in rows:
        today = clock.today(row.facility.zone)
        in_force = row.registered_on <= today and (row.ended_on is None or row.ended_on >= today)
        if in_force and row.facility.phone:
            return row.facility.phone
    return ""


_HOMES = """
SELECT DISTINCT ON (a.id) a.id, coalesce(s.time_zone, r.time_zone)
FROM accounts_account a
LEFT JOIN eligibility_staffmember m ON m.account_id = a.id
LEFT JOIN eligibility_facility s ON s.id = m.facility_id
LEFT JOIN eligibility_registration g ON g.record_id = a.record_id
LEFT JOIN eligibility_facility r ON r.id = g.facility_id
WHERE a.id = ANY(%s) AND coalesce(s.time_zone, r.time_zone) IS NOT NULL
ORDER BY a.id, g.ended_on DESC NULLS FIRST, g.registered_on, g.id
"""


def home_zones(account_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Return the time zone of the facility where each works, or has been registered longest; without one, nothing."""
    if not account_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_HOMES, [list(account_ids)])
        return dict(cursor.fetchall())


_FAMILY = """
WITH RECURSIVE up(id, merged_into_id) AS (
    SELECT id, merged_into_id FROM accounts_veteranrecord WHERE id = %s
    UNION
    SELECT r.id, r.merged_into_id FROM accounts_veteranrecord r JOIN up ON r.id = up.merged_into_id
), survivor AS (
    SELECT r.id FROM accounts_veteranrecord r JOIN up ON up.id = r.id WHERE r.merged_into_id IS NULL
), family(id, generation) AS (
    SELECT id, 0 FROM survivor
    UNION
    SELECT r.id, f.generation + 1 FROM accounts_veteranrecord r JOIN family f ON r.merged_into_id = f.id
) SELECT f.id, r.deceased OR r.identity_theft
FROM family f JOIN accounts_veteranrecord r ON r.id = f.id ORDER BY f.generation, f.id
"""


def record_family(record_id: uuid.UUID) -> list[uuid.UUID]:
    """Return the record that survives `record_id`'s merges, then all that were merged into it; [] for none."""
    return [identity for identity, _ in _family(record_id)]


def conversation_record_ids(actor: Actor) -> list[uuid.UUID]:
    """Return the records whose conversations the veteran may read: the own one, then those merged into it.

    None without a verified session, without a record, or when the record is locked (section 3).
    """
    if actor.kind is not ActorKind.VETERAN or actor.record_id is None or actor.tier < Tier.VERIFIED:
        return []
    family = _family(actor.record_id)
    if not family or family[0][1]:
        return []
    return [identity for identity, _ in family]


def _family(record_id: uuid.UUID) -> list[tuple[uuid.UUID, bool]]:
    with prepared_cursor() as cursor:
        cursor.execute(_FAMILY, [record_id])
        return [(identity, locked) for identity, locked in cursor.fetchall()]


def terms_accepted_at(actor: Actor, *, version: str) -> dt.datetime | None:
    """Return when the actor's account agreed to a version of the terms of use, or None."""
    if actor.account_id is None:
        return None
    accepted = TermsAcceptance.objects.filter(account_id=actor.account_id, version=version)
    return accepted.values_list("accepted_at", flat=True).first()
