"""Reads the facts of one decision from the database, in one SQL statement."""

import datetime as dt
import uuid
import zoneinfo
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.db import connection

from eligibility.rules import BlockFact, EnrollmentFact, Facts, ParticipationFact, Period, RegistrationFact, TeamFact
from smportal.prepared import prepared_cursor

# Dates differ between zones by a day at most: the statement leaves out what is in force nowhere,
# the rules then judge in the fact's own zone.
ONE_DAY = dt.timedelta(days=1)

# What a record's own facts are, as columns of a statement that has `survivor s` and `family(survivor, id)`.
_OWN = """
    (SELECT json_agg(json_build_array(e.status, e.effective_date, e.end_date) ORDER BY e.effective_date)
        FROM eligibility_enrollment e WHERE e.record_id = s.id),
    (SELECT json_agg(json_build_array(g.registered_on, g.ended_on, f.time_zone, f.phone) ORDER BY g.registered_on, g.id)
        FROM eligibility_registration g JOIN eligibility_facility f ON f.id = g.facility_id WHERE g.record_id = s.id),
    -- A merge must not lift a block, so those of the merged records stand too.
    (SELECT json_agg(json_build_array(b.effective_from, b.effective_until, f.time_zone, b.team_id,
            coalesce(t.public_name, f.name), coalesce(nullif(t.phone, ''), f.phone),
            (WITH RECURSIVE below(id) AS (
                SELECT b.facility_id UNION
                SELECT c.id FROM eligibility_facility c JOIN below ON c.parent_id = below.id
            ) SELECT json_agg(id) FROM below WHERE id IS NOT NULL)) ORDER BY b.effective_from, b.id)
        FROM family JOIN eligibility_block b ON b.record_id = family.id
        LEFT JOIN eligibility_careteam t ON t.id = b.team_id
        JOIN eligibility_facility f ON f.id = coalesce(b.facility_id, t.facility_id)
        WHERE family.survivor = s.id)
"""

# Teams of the record `{record}`, and those that are asked about beside them; the columns of `_team`.
_TEAMS = """
SELECT t.id, t.code, t.public_name, t.internal_name, t.care_type, t.phone, t.is_active,
    f.id, f.name, f.phone, f.time_zone, t.needs_legal_signature, coalesce(up.name, f.name), t.acknowledgement,
    (SELECT json_agg(json_build_array(a.effective_from, a.effective_until))
        FROM eligibility_association a WHERE a.team_id = t.id AND a.record_id = {record}),
    (SELECT json_agg(json_build_array(p.effective_from, p.effective_until, s.name) ORDER BY s.name, p.staff_id)
        FROM eligibility_participation p LEFT JOIN eligibility_staffmember s ON s.staff_id = p.staff_id
        WHERE p.team_id = t.id AND p.opted_in
            AND p.effective_from <= %(latest)s AND (p.effective_until IS NULL OR p.effective_until >= %(earliest)s))
FROM (
    SELECT team_id FROM eligibility_association WHERE record_id = {record} UNION SELECT unnest(%(extra)s::uuid[])
) AS wanted(id)
JOIN eligibility_careteam t ON t.id = wanted.id JOIN eligibility_facility f ON f.id = t.facility_id
LEFT JOIN eligibility_facility up ON up.id = f.parent_id
ORDER BY t.public_name, t.code
"""

# One row for each team; about the record the same in all of them. Without a team, one row.
_SUBJECT = f"""
WITH RECURSIVE up(id, merged_into_id) AS (
    SELECT id, merged_into_id FROM accounts_veteranrecord WHERE id = %(record)s
    UNION
    SELECT r.id, r.merged_into_id FROM accounts_veteranrecord r JOIN up ON r.id = up.merged_into_id
), survivor AS (
    SELECT r.id, r.deceased OR r.identity_theft AS locked
    FROM accounts_veteranrecord r JOIN up ON up.id = r.id WHERE r.merged_into_id IS NULL
), family(survivor, id) AS (
    SELECT id, id FROM survivor
    UNION
    SELECT f.survivor, r.id FROM accounts_veteranrecord r JOIN family f ON r.merged_into_id = f.id
), subject(id, locked, terms, enrollments, registrations, blocks) AS MATERIALIZED (
    SELECT s.id, s.locked,
        (SELECT EXISTS (
            SELECT FROM eligibility_termsacceptance WHERE account_id = %(account)s AND version = %(terms)s)), {_OWN}
    FROM (SELECT) AS nobody LEFT JOIN survivor s ON true
)
SELECT subject.*, team.* FROM subject LEFT JOIN LATERAL ({_TEAMS.format(record="subject.id")}) AS team ON true
"""  # noqa: S608 - both parts are constants
# Columns about the record; the others are a row of _TEAMS.
_TEAM_FROM = 6

# Of many at once, for one team: `given` are records that survive their merges.
_MANY = f"""
WITH RECURSIVE survivor AS (
    SELECT id FROM unnest(%(records)s::uuid[]) AS given(id)
), family(survivor, id) AS (
    SELECT id, id FROM survivor
    UNION
    SELECT f.survivor, r.id FROM accounts_veteranrecord r JOIN family f ON r.merged_into_id = f.id
)
SELECT s.id,
    (SELECT json_agg(json_build_array(a.effective_from, a.effective_until))
        FROM eligibility_association a WHERE a.team_id = %(team)s AND a.record_id = s.id), {_OWN}
FROM survivor s
"""  # noqa: S608 - both parts are constants


@dataclass(frozen=True, slots=True)
class TeamRow:
    """What a decision tells about a team beside the verdict. `providers` pairs a name with its period."""

    id: uuid.UUID
    code: str
    public_name: str
    care_type: str
    phone: str
    facility_id: int
    facility_name: str
    facility_phone: str
    zone: dt.tzinfo
    providers: tuple[tuple[str, Period], ...]
    needs_legal_signature: bool
    system_name: str
    acknowledgement: str


@dataclass(frozen=True, slots=True)
class BlockRow:
    """A block with the words for its alert."""

    fact: BlockFact
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """The facts, and the words that go with them. `registered_phones` pairs a phone with its registration."""

    facts: Facts
    teams: dict[uuid.UUID, TeamRow]
    blocks: tuple[BlockRow, ...]
    registered_phones: tuple[tuple[str, RegistrationFact], ...]


def load(
    *,
    record_id: uuid.UUID | None,
    account_id: uuid.UUID | None,
    now: dt.datetime,
    extra_team_ids: Iterable[uuid.UUID] = (),
) -> Loaded:
    """Return the facts of the record that survives `record_id`'s merges, of the account and of the teams.

    `extra_team_ids` adds teams that the veteran need not be associated with. An unknown record is
    the same as none.
    """
    day = now.astimezone(dt.UTC).date()
    about = {"record": record_id, "account": account_id, "terms": settings.TERMS_VERSION}
    when = {"earliest": day - ONE_DAY, "latest": day + ONE_DAY}
    with prepared_cursor() as cursor:
        cursor.execute(_SUBJECT, {**about, **when, "extra": list(extra_team_ids)})
        rows = cursor.fetchall()
    survivor, locked, terms, enrollments, registrations, blocks = rows[0][:_TEAM_FROM]
    teams = [_team(row[_TEAM_FROM:]) for row in rows if row[_TEAM_FROM] is not None]
    phones = tuple((row[3], RegistrationFact(_period(row), zoneinfo.ZoneInfo(row[2]))) for row in registrations or ())
    block_rows = tuple(_block(row) for row in blocks or ())
    facts = Facts(
        has_record=survivor is not None,
        is_locked=bool(locked),
        terms_accepted=None if account_id is None else terms,
        enrollments=tuple(EnrollmentFact(row[0], _period(row[1:])) for row in enrollments or ()),
        registrations=tuple(fact for _, fact in phones),
        teams=tuple(fact for fact, _ in teams),
        blocks=tuple(row.fact for row in block_rows),
    )
    return Loaded(facts, {row.id: row for _, row in teams}, block_rows, phones)


def load_many(*, record_ids: Sequence[uuid.UUID], team_id: uuid.UUID, now: dt.datetime) -> dict[uuid.UUID, Facts]:
    """Return the facts of many records, each with this one team; in two statements, however many.

    The records are such as survive their merges, and the caller knows which are locked and has their accounts.
    """
    day = now.astimezone(dt.UTC).date()
    shared = {"record": None, "extra": [team_id], "earliest": day - ONE_DAY, "latest": day + ONE_DAY}
    teams = [fact for fact, _ in map(_team, _all(_TEAMS.format(record="%(record)s::uuid"), shared))]
    rows = _all(_MANY, {"records": list(record_ids), "team": team_id})
    return {
        record_id: Facts(
            has_record=True,
            enrollments=tuple(EnrollmentFact(row[0], _period(row[1:])) for row in enrollments or ()),
            registrations=tuple(
                RegistrationFact(_period(row), zoneinfo.ZoneInfo(row[2])) for row in registrations or ()
            ),
            teams=tuple(replace(team, associations=tuple(map(_period, associations or ()))) for team in teams),
            blocks=tuple(_block(row).fact for row in blocks or ()),
        )
        for record_id, associations, enrollments, registrations, blocks in rows
    }


def _team(row: tuple[Any, ...]) -> tuple[TeamFact, TeamRow]:
    identity, code, public, internal, care_type, phone, active, facility, name, facility_phone, zone_name = row[:11]
    needs_legal_signature, system_name, acknowledgement = row[11:14]
    associations, participations = row[14] or (), row[15] or ()
    zone = zoneinfo.ZoneInfo(zone_name)
    periods = [(str(entry[2] or ""), _period(entry)) for entry in participations]
    fact = TeamFact(
        id=identity,
        facility_id=facility,
        zone=zone,
        is_active=active,
        associations=tuple(_period(entry) for entry in associations),
        participations=tuple(ParticipationFact(opted_in=True, period=period) for _, period in periods),
    )
    words = TeamRow(
        identity,
        code,
        public or internal,
        care_type,
        phone,
        facility,
        name,
        facility_phone,
        zone,
        tuple(periods),
        needs_legal_signature,
        system_name,
        acknowledgement,
    )
    return fact, words


def _block(row: list[Any]) -> BlockRow:
    team = uuid.UUID(row[3]) if row[3] else None
    fact = BlockFact(_period(row), zoneinfo.ZoneInfo(row[2]), team, frozenset(row[6] or ()))
    return BlockRow(fact, row[4], row[5])


def _period(row: list[Any]) -> Period:
    start, end = row[0], row[1]
    return Period(dt.date.fromisoformat(start), dt.date.fromisoformat(end) if end else None)


def _all(statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
