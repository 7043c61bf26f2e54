"""Rows by the million for what is measured alone: made by PostgreSQL itself, without a word in them.

Nothing here can be decrypted: sweeps, daily emails, alarms and reports never look into a text.
"""

from collections.abc import Mapping
from typing import Any, Final

from django.db import connection, models

from accounts.models import Account, VeteranRecord
from benchmarks.scratch import execute
from eligibility.models import CareTeam, Facility, Participation, StaffMember, TeamMembership
from messaging.models import Conversation, Message, Obligation

ZONES: Final = "ARRAY['America/New_York', 'America/Chicago', 'America/Denver', 'America/Los_Angeles']"
CATEGORIES: Final = "ARRAY['general', 'appointment', 'medication', 'test_result', 'referral']"
LONG_AGO: Final = "'2015-01-01'"
# What a sealed subject and a sealed body weigh.
_SUBJECT: Final = "decode(repeat('ab', 80), 'hex')"
_BODY: Final = "decode(repeat('ab', 600), 'hex')"


def generate(model: type[models.Model], count: int, columns: Mapping[str, str], *, source: str = "") -> None:
    """Insert `count` rows: SQL expressions of `n`, from 1 on, by column, and the model's defaults for the others.

    With a source (a FROM clause) there are as many rows as it has, and expressions may name its columns.
    """
    values = {**_defaults(model), **columns}
    quote = connection.ops.quote_name
    names = ", ".join(quote(name) for name in values)
    rows = source or f"generate_series(1, {count}) AS n"
    # Everything here is this module's own text.
    execute(f"INSERT INTO {quote(model._meta.db_table)} ({names}) SELECT {', '.join(values.values())} FROM {rows}")  # noqa: S608, SLF001 - Django's documented interface


def _defaults(model: type[models.Model]) -> dict[str, str]:
    found: dict[str, str] = {}
    for field in model._meta.concrete_fields:  # noqa: SLF001 - the same
        if field.column is None or field.null or field.has_db_default() or isinstance(field, models.AutoField):
            continue
        if isinstance(field, models.UUIDField):
            found[field.column] = "gen_random_uuid()"
        elif isinstance(field, models.DateTimeField):
            found[field.column] = "now()"
        elif field.has_default() and not callable(field.default):
            found[field.column] = _literal(field.default)
        elif isinstance(field, models.CharField | models.TextField):
            found[field.column] = "''"
    return found


def _literal(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool | int) else f"'{value}'"


def make_places(facilities: int, teams_each: int) -> None:
    """Make facilities over four zones with teams of a lead and two nurses, of whom the lead takes part."""
    start = Facility.objects.count()
    generate(
        Facility,
        facilities,
        {
            "station_number": f"'B' || {start} + n",
            "name": "'Clinic ' || n",
            "state": "'NY'",
            "time_zone": f"({ZONES})[1 + n % 4]",
        },
    )
    new = f"f.station_number ~ '^B' AND substr(f.station_number, 2)::int > {start}"
    generate(
        CareTeam,
        0,
        {
            "code": "'T-' || f.id || '-' || n",
            "internal_name": "'PACT ' || n",
            "public_name": "'Primary care ' || n",
            "care_type": "'primary_care'",
            "facility_id": "f.id",
            "is_active": "true",
        },
        source=f"eligibility_facility f, generate_series(1, {teams_each}) AS n WHERE {new}",
    )
    teams = f"eligibility_careteam t JOIN eligibility_facility f ON f.id = t.facility_id AND {new}"
    generate(
        Account,
        0,
        {"kind": "'staff'", "username": "t.code || '-' || n", "email": "t.code || '-' || n || '@example.com'"},
        source=f"generate_series(1, 3) AS n, {teams}",
    )
    generate(
        StaffMember,
        0,
        {
            "staff_id": "a.username",
            "name": "'Somebody ' || a.username",
            "email": "a.email",
            "title": "'Nurse'",
            "account_id": "a.id",
            "facility_id": "t.facility_id",
        },
        source=f"{teams} JOIN accounts_account a ON left(a.username, -2) = t.code AND a.kind = 'staff'",
    )
    people = f"{teams} JOIN eligibility_staffmember s ON left(s.staff_id, -2) = t.code"
    lead = "s.staff_id LIKE '%-1'"
    generate(TeamMembership, 0, {"staff_id": "s.id", "team_id": "t.id", "is_lead": lead}, source=people)
    taking_part = {"staff_id": "s.staff_id", "team_id": "t.id", "role": "'nurse'", "effective_from": LONG_AGO}
    generate(Participation, 0, {**taking_part, "opted_in": "true"}, source=f"{people} WHERE {lead}")


def make_veterans(count: int) -> None:
    """Make records, each with an account and its verified address."""
    start = VeteranRecord.objects.count()
    generate(
        VeteranRecord,
        count,
        {
            "icn": f"(1000000000 + {start} + n) || 'V000000'",
            "first_name": "'Alex'",
            "last_name": "'Test ' || n",
            "match_name": "'alextest'",
            "birth_date": "'1960-05-17'",
        },
    )
    generate(
        Account,
        0,
        {"kind": "'veteran'", "username": "'v' || r.icn", "email": "r.icn || '@example.com'", "record_id": "r.id"},
        source="accounts_veteranrecord r LEFT JOIN accounts_account a ON a.record_id = r.id WHERE a.id IS NULL",
    )


def make_conversations(count: int, *, started_at: str, state: str, due_at: str) -> None:
    """Make conversations of one message each, over all teams and veterans in turn; instants are expressions of `n`."""
    start = Conversation.objects.count()
    execute(
        "CREATE TEMP TABLE IF NOT EXISTS place AS SELECT id, row_number() OVER (ORDER BY code) - 1 AS place, "
        "count(*) OVER () AS all_of_them FROM eligibility_careteam",
        "CREATE TEMP TABLE IF NOT EXISTS writer AS SELECT id, row_number() OVER (ORDER BY icn) - 1 AS place, "
        "count(*) OVER () AS all_of_them FROM accounts_veteranrecord",
        "ANALYZE place, writer",
    )
    generate(
        Conversation,
        0,
        {
            "record_id": "writer.id",
            "team_id": "place.id",
            "category": f"({CATEGORIES})[1 + n % 5]",
            "subject_sealed": _SUBJECT,
            "number": f"1000000000 + {start} + n",
            "started_by": "'veteran'",
            "created_at": started_at,
            "last_message_at": started_at,
            "last_from": "'veteran'",
            "message_count": "1",
            "last_sent_at": started_at,
            "state": state,
            "due_at": due_at,
        },
        source=f"generate_series(1, {count}) AS n "
        "JOIN place ON place.place = n % place.all_of_them JOIN writer ON writer.place = n % writer.all_of_them",
    )


def make_messages(each: int) -> None:
    """Give each conversation its messages, in turn by the veteran and the care team, five hours apart."""
    generate(
        Message,
        0,
        {
            "kind": "'message'",
            "number": f"1000000000 + (c.number - 1000000000) * {each} + n",
            "side": "CASE WHEN n % 2 = 1 THEN 'veteran' ELSE 'staff' END",
            "author_staff_id": "CASE WHEN n % 2 = 0 THEN writer.staff_id END",
            "body_sealed": _BODY,
            "sent_at": "c.created_at + (n - 1) * interval '5 hours'",
            "content_digest": "'bench'",
            "conversation_id": "c.id",
            "record_id": "c.record_id",
        },
        source=f"generate_series(1, {each}) AS n, messaging_conversation c JOIN (SELECT DISTINCT ON (team_id) team_id, "  # noqa: S608 - a number
        "staff_id FROM eligibility_teammembership ORDER BY team_id, staff_id) writer ON writer.team_id = c.team_id",
    )


def make_obligations(columns: Mapping[str, str], *, where: str = "true") -> None:
    """Give each conversation without a clock one that starts with it; instants are expressions of `c`."""
    generate(
        Obligation,
        0,
        {
            "conversation_id": "c.id",
            "started_at": "c.created_at",
            "remind_at": "c.created_at + interval '2 days'",
            "due_at": "c.created_at + interval '3 days'",
            "escalate_at": "c.created_at + interval '5 days'",
            **columns,
        },
        source="messaging_conversation c WHERE NOT EXISTS "
        f"(SELECT FROM messaging_obligation o WHERE o.conversation_id = c.id) AND {where}",
    )
