"""Beginning and ending alarms: part of every sweep.

Which teams lack somebody is one statement over the teams in which something waits: the cost follows neither how many clocks
are open nor how many teams there are.
"""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Final

from django.db import connection, transaction

from eligibility import queries as eligibility_queries
from messaging.absence.cover import IN_FORCE
from messaging.absence.duty import PRESENT
from messaging.models import NotificationKind, TeamAlarm
from messaging.models.alarm import AlarmReason
from messaging.notifications.actions import Notice, notify_many
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import MOST_IN_LIST, Event, record_many

_SWEEP: Final = Actor.system("sweep")
# Any number that no other advisory lock of the portal uses.
_ALARMS: Final = 0x736D_0002

# What waits: the index team_due, in which only open clocks are.
_OPEN: Final = "v.state IN ('new', 'in_progress') AND v.due_at IS NOT NULL"

# The teams with an open clock, by a jump in the index from each to the next: a look for each of them, however many clocks
# it has, and none for a team in which nothing waits. What they lack is looked up one by one.
_LACKING: Final = f"""
WITH RECURSIVE waiting AS (
    (SELECT v.team_id FROM messaging_conversation v WHERE {_OPEN} ORDER BY v.team_id LIMIT 1)
    UNION ALL
    SELECT (
        SELECT v.team_id FROM messaging_conversation v
        WHERE {_OPEN} AND v.team_id > w.team_id ORDER BY v.team_id LIMIT 1
    ) FROM waiting w WHERE w.team_id IS NOT NULL
)
SELECT w.team_id, CASE
    WHEN present.on_duty IS NULL THEN '{AlarmReason.NO_MEMBERS}'
    WHEN NOT present.on_duty THEN '{AlarmReason.ALL_AWAY}'
    ELSE '{AlarmReason.NO_PARTICIPANT}' END
FROM waiting w
CROSS JOIN LATERAL (
    SELECT bool_or(NOT EXISTS (SELECT FROM messaging_absence a WHERE a.staff_id = p.id AND {IN_FORCE})) AS on_duty
    FROM eligibility_teammembership m
    JOIN eligibility_staffmember p ON p.id = m.staff_id
    JOIN eligibility_facility f ON f.id = p.facility_id
    LEFT JOIN accounts_account c ON c.id = p.account_id
    WHERE m.team_id = w.team_id AND {PRESENT}
) present
WHERE w.team_id IS NOT NULL AND (present.on_duty IS NOT TRUE OR NOT EXISTS (
    SELECT FROM eligibility_participation i
    JOIN eligibility_careteam t ON t.id = i.team_id JOIN eligibility_facility g ON g.id = t.facility_id
    WHERE i.team_id = w.team_id AND i.opted_in AND i.effective_from <= (%(now)s AT TIME ZONE g.time_zone)::date
        AND (i.effective_until IS NULL OR i.effective_until >= (%(now)s AT TIME ZONE g.time_zone)::date)
))
"""  # noqa: S608 - constants only; every value is a parameter


@dataclass(frozen=True, slots=True)
class WatchResult:
    """How many alarms began and ended, and how many emails that asked for."""

    raised: int = 0
    ended: int = 0
    notified: int = 0


@transaction.atomic
def watch(*, now: dt.datetime | None = None) -> WatchResult:
    """Begin an alarm for each team that has come to need one, and end those that need none any more.

    Rows, audit and owed emails are one transaction. While another process is at it, this one leaves it to that.
    """
    instant = now or clock.now()
    if not _is_ours():
        return WatchResult()
    lacking = _lacking(instant)
    standing = {alarm.team_id: alarm for alarm in TeamAlarm.objects.filter(ended_at__isnull=True)}
    for team_id in lacking.keys() & standing.keys():
        _follow(standing[team_id], lacking[team_id])
    ended = [alarm for team_id, alarm in standing.items() if team_id not in lacking]
    for alarm in ended:
        alarm.ended_at = instant
    TeamAlarm.objects.bulk_update(ended, ["ended_at"])
    raised = [
        TeamAlarm(team_id=team_id, reason=reason, began_at=instant)
        for team_id, reason in sorted(lacking.items())
        if team_id not in standing
    ]
    TeamAlarm.objects.bulk_create(raised)
    notices = [Notice(NotificationKind.TEAM_ALARM, recipients_of(alarm), alarm.id) for alarm in raised]
    told = {notice.cause_id: [str(each) for each in notice.recipient_ids][:MOST_IN_LIST] for notice in notices}
    record_many(
        actor=_SWEEP,
        events=[_event(Deed.ALARM_RAISED, alarm, told[alarm.id]) for alarm in raised]
        + [_event(Deed.ALARM_ENDED, alarm, []) for alarm in ended],
    )
    return WatchResult(len(raised), len(ended), notify_many(notices))


def _is_ours() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_ALARMS])
        return bool(cursor.fetchone()[0])


def _lacking(now: dt.datetime) -> dict[uuid.UUID, str]:
    with connection.cursor() as cursor:
        cursor.execute(_LACKING, {"now": now})
        return dict(cursor.fetchall())


def _follow(alarm: TeamAlarm, reason: str) -> None:
    """Show what the team lacks now; it is the same episode."""
    if alarm.reason != reason:
        alarm.reason = reason
        alarm.save(update_fields=["reason"])


def recipients_of(alarm: TeamAlarm) -> list[uuid.UUID]:
    """Return the accounts of the team's leads and of the facility's administrators, each once."""
    leads = [person.account_id for person in eligibility_queries.leads_of(alarm.team_id)]
    administrators = [person.account_id for person in eligibility_queries.administrators_of(alarm.team.facility_id)]
    return list(dict.fromkeys(account_id for account_id in [*leads, *administrators] if account_id is not None))


def _event(deed: Deed, alarm: TeamAlarm, told: list[str]) -> Event:
    return Event(
        deed=deed,
        object_kind="care_team",
        object_id=alarm.team_id,
        reason=alarm.reason,
        details={"alarm": str(alarm.id), "told": told},
    )
