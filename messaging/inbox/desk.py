"""What every page of the care team's inbox starts from: whose it is, the own teams, and who of them is away."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from eligibility.queries import OWN_MEMBERSHIPS
from messaging.absence.cover import AWAY, AwayRow, Cover, cover_from
from messaging.permissions import Reach, check_staff
from messaging.response.calendars import CLOSED
from smportal import clock, times
from smportal.actor import Actor
from smportal.business_time import Calendar
from smportal.prepared import prepared_cursor


@dataclass(frozen=True, slots=True)
class OwnTeam:
    """What a row shows of its team: looked up once for the page instead of joined to every row."""

    name: str
    zone: str
    facility_id: int
    is_led: bool = False
    # Notes that the health record refused, in conversations that the team has now.
    failed_notes: int = 0
    # What the team lacks while messages wait, a messaging.models.alarm.AlarmReason, and since when; mostly nothing.
    alarm: str | None = None
    alarmed_at: dt.datetime | None = None
    # When the facility is closed beside holidays: first and last dates.
    closed_from: Sequence[dt.date] = ()
    closed_until: Sequence[dt.date] = ()
    # Reminders of the desk's own person that are due, on conversations that the team has now.
    due_reminders: int = 0

    @property
    def calendar(self) -> Calendar:
        """The working days of the team's facility, as `calendar_for` has them."""
        return Calendar(self.zone, zip(self.closed_from, self.closed_until, strict=True))


@dataclass(frozen=True, slots=True)
class Desk:
    """What every queue of one page starts from: whose it is, the teams, the zones and the instant."""

    actor: Actor
    teams: dict[uuid.UUID, OwnTeam]
    chosen_zone: str
    now: dt.datetime
    cover: Cover

    @property
    def reach(self) -> Reach:
        """Whose conversations the actor may know of."""
        return Reach(team_ids=tuple(self.teams))

    @property
    def zone(self) -> dt.tzinfo:
        """The viewer's chosen zone, else that of the first team's facility."""
        return times.viewer_zone(self.chosen_zone, next((team.zone for team in self.teams.values()), ""))

    @property
    def leads(self) -> bool:
        """Whether the actor is triage lead of any team: for the link to the reports."""
        return any(team.is_led for team in self.teams.values())

    @property
    def failed_notes(self) -> int:
        """How many notes for the health record somebody of the actor's teams has to deal with."""
        return sum(team.failed_notes for team in self.teams.values())

    @property
    def due_reminders(self) -> int:
        """How many of the actor's own reminders are due."""
        return sum(team.due_reminders for team in self.teams.values())

    def mine(self, team_id: uuid.UUID | None = None) -> Q:
        """Say what is the actor's to do, in one team or all: the own, and that of those for whom the actor acts."""
        found = Q(assignee_id=self.actor.staff_id)
        for each in self.teams if team_id is None else [team_id]:
            absent = self.cover.stands_in_for(each, check_staff(self.actor))
            if absent:
                found |= Q(team_id=each, assignee_id__in=absent)
        return found

    def nobodys(self, team_id: uuid.UUID | None = None) -> Q:
        """Say what nobody has, in one team or all: unassigned, or of somebody away for whom nobody acts."""
        found = Q(assignee__isnull=True)
        for each in self.teams if team_id is None else [team_id]:
            absent = self.cover.uncovered(each)
            if absent:
                found |= Q(team_id=each, assignee_id__in=absent)
        return found


_STATIONS = "SELECT c.facility_id FROM own JOIN eligibility_careteam c ON c.id = own.team_id"
# One row for each team, or for each of its members who are away. What the health record refused is little, and has an
# index of its own: it costs no more with a million notes that were filed.
_DESK = f"""
WITH RECURSIVE own AS ({OWN_MEMBERSHIPS}), {CLOSED.format(stations=_STATIONS)}, away AS ({AWAY} AND m.team_id IN (SELECT team_id FROM own))
SELECT t.id, t.internal_name, f.time_zone, f.id, own.is_lead,
    (SELECT count(*) FROM messaging_recordnote n JOIN messaging_conversation v ON v.id = n.conversation_id
        WHERE n.state = 'failed' AND v.team_id = t.id),
    alarm.reason, alarm.began_at,
    ARRAY(SELECT first_date FROM closed WHERE station = f.id OR station IS NULL ORDER BY first_date, last_date),
    ARRAY(SELECT last_date FROM closed WHERE station = f.id OR station IS NULL ORDER BY first_date, last_date),
    (SELECT count(*) FROM messaging_ownreminder r JOIN messaging_conversation v ON v.id = r.conversation_id
        WHERE r.staff_id = %(staff)s AND r.ended_at IS NULL AND r.remind_at <= %(now)s AND v.team_id = t.id),
    away.*
FROM own JOIN eligibility_careteam t ON t.id = own.team_id JOIN eligibility_facility f ON f.id = t.facility_id
LEFT JOIN messaging_teamalarm alarm ON alarm.team_id = t.id AND alarm.ended_at IS NULL
LEFT JOIN away ON away.team_id = t.id
ORDER BY t.id, away.name, away.staff_id
"""  # noqa: S608 - constants only; every value is a parameter
# Columns about the team; the others are a row of AWAY.
_AWAY_FROM = 11


def desk_of(actor: Actor, *, zone: str = "") -> Desk:
    """Return the actor's desk now, with one statement; `zone` is the one that the viewer chose.

    Raises NotFound for anybody who is not staff.
    """
    now = clock.now()
    with prepared_cursor() as cursor:
        cursor.execute(_DESK, {"staff": check_staff(actor), "account": actor.account_id, "now": now})
        rows = cursor.fetchall()
    teams = {team_id: OwnTeam(*about) for team_id, *about in (row[:_AWAY_FROM] for row in rows)}
    away: list[AwayRow] = [row[_AWAY_FROM:] for row in rows if row[_AWAY_FROM] is not None]
    return Desk(actor, teams, zone, now, cover_from(away))
