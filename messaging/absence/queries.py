"""What the page of one's own absences shows."""

import uuid
from dataclasses import dataclass

from django.db.models import Q
from django.db.models.functions import Lower

from eligibility import queries as eligibility_queries
from eligibility.models import StaffMember, TeamMembership
from messaging.absence.actions import led_teams_of, zone_of
from messaging.absence.cover import Cover
from messaging.models import Absence, Surrogate
from messaging.permissions import check_staff
from smportal import clock, times
from smportal.actor import Actor
from smportal.errors import NotFound


@dataclass(frozen=True, slots=True)
class StandIn:
    """Who stands in in one team, and what to look at: that somebody left, or is away on some of these days."""

    team: str
    name: str
    warning: str


@dataclass(frozen=True, slots=True)
class AbsenceRow:
    """One absence that is running or to come."""

    id: uuid.UUID
    period: str
    note: str
    is_running: bool
    by_lead: bool
    stand_ins: tuple[StandIn, ...]


@dataclass(frozen=True, slots=True)
class TeamChoice:
    """One of the actor's teams, with the colleagues who can stand in there."""

    id: uuid.UUID
    name: str
    colleagues: tuple[tuple[str, str], ...]


def own_zone_text(actor: Actor) -> str:
    """Return the abbreviation of the zone in which the actor's dates are meant."""
    return times.abbreviation(clock.now().astimezone(zone_of(_own(actor))))


def _own(actor: Actor) -> StaffMember:
    staff = StaffMember.objects.select_related("account", "facility").filter(id=check_staff(actor)).first()
    if staff is None:
        raise NotFound
    return staff


def own_absence(actor: Actor, absence_id: uuid.UUID) -> Absence:
    """Return an own absence that is not over. Raises NotFound."""
    absence = Absence.objects.filter(id=absence_id, staff_id=check_staff(actor), ended_at=None).first()
    if absence is None:
        raise NotFound
    return absence


def surrogates_of(absence: Absence) -> dict[uuid.UUID, uuid.UUID]:
    """Return by team who was named."""
    return {row.team_id: row.surrogate_id for row in absence.surrogates.all()}


def own_absences(actor: Actor) -> list[AbsenceRow]:
    """Return the actor's absences that run or are to come, the first one first."""
    staff = _own(actor)
    today = clock.today(zone_of(staff))
    found = (
        Absence.objects.select_related("staff")
        .filter(staff=staff, ended_at=None, last_date__gte=today)
        .order_by("first_date", "id")
    )
    return [_row(absence, is_running=absence.first_date <= today) for absence in found]


def _row(absence: Absence, *, is_running: bool) -> AbsenceRow:
    named = Surrogate.objects.select_related("team", "surrogate").filter(absence=absence)
    return AbsenceRow(
        id=absence.id,
        period=period_text(absence),
        note=absence.get_note_display(),
        is_running=is_running,
        by_lead=absence.entered_by_id != absence.staff.account_id,
        stand_ins=tuple(
            StandIn(row.team.internal_name, row.surrogate.name, _warning(absence, row))
            for row in named.order_by(Lower("team__internal_name"), "id")
        ),
    )


def period_text(absence: Absence) -> str:
    """Return "Nov. 26, 2026 to Dec. 3, 2026", or one day."""
    first, last = times.day(absence.first_date), times.day(absence.last_date)
    return first if first == last else f"{first} to {last}"


def _warning(absence: Absence, row: Surrogate) -> str:
    if not eligibility_queries.is_member(row.surrogate_id, row.team_id):
        return "has left this team: choose somebody else. Until then the work goes to the team."
    meanwhile = Absence.objects.filter(
        staff_id=row.surrogate_id, ended_at=None, first_date__lte=absence.last_date, last_date__gte=absence.first_date
    ).first()
    if meanwhile is None:
        return ""
    return f"is away too ({period_text(meanwhile)}). On those days their own surrogate acts, or else the team."


@dataclass(frozen=True, slots=True)
class LedMember:
    """Somebody in a team that the actor leads, with the absences that run or are to come."""

    id: uuid.UUID
    name: str
    absences: tuple[AbsenceRow, ...]


def led_members(actor: Actor) -> list[LedMember]:
    """Return who the actor may enter an absence for, by name: members of led teams. Raises NotFound for no lead."""
    led = TeamMembership.objects.filter(staff_id=check_staff(actor), is_lead=True, ended_at=None, team__is_active=True)
    if not led.exists():
        raise NotFound
    memberships = TeamMembership.objects.filter(team_id__in=led.values("team_id"), ended_at=None)
    found = StaffMember.objects.filter(is_active=True, id__in=memberships.values("staff_id")).exclude(
        id=check_staff(actor)
    )
    rows: dict[uuid.UUID, list[AbsenceRow]] = {}
    standing = Absence.objects.filter(staff__in=found, ended_at=None).select_related(
        "staff__account", "staff__facility"
    )
    for absence in standing.order_by("first_date", "id"):
        today = clock.today(zone_of(absence.staff))
        if absence.last_date >= today:
            row = _row(absence, is_running=absence.first_date <= today)
            rows.setdefault(absence.staff_id, []).append(row)
    return [LedMember(one.id, one.name, tuple(rows.get(one.id, ()))) for one in found.order_by(Lower("name"), "id")]


@dataclass(frozen=True, slots=True)
class ForMember:
    """Somebody for whom the actor may enter an absence, with the led teams that somebody can stand in in."""

    name: str
    zone: str
    teams: tuple[TeamChoice, ...]


def for_member(actor: Actor, staff_id: uuid.UUID) -> ForMember:
    """Return a member of a led team. Raises NotFound for anybody else."""
    led = led_teams_of(actor, staff_id)
    if not led:
        raise NotFound
    staff = StaffMember.objects.select_related("account", "facility").get(id=staff_id)
    zone = times.abbreviation(clock.now().astimezone(zone_of(staff)))
    return ForMember(staff.name, zone, tuple(team for team in _choices_of(staff_id) if team.id in led))


def team_choices(actor: Actor) -> list[TeamChoice]:
    """Return the actor's teams by name, with their other active members."""
    return _choices_of(check_staff(actor))


def _choices_of(staff_id: uuid.UUID) -> list[TeamChoice]:
    teams = (
        TeamMembership.objects.filter(staff_id=staff_id, ended_at=None)
        .filter(Q(team__is_active=True))
        .order_by(Lower("team__internal_name"), "team_id")
        .values_list("team_id", "team__internal_name")
    )
    return [
        TeamChoice(
            team_id,
            name,
            tuple(
                (str(one.staff_id), one.name)
                for one in eligibility_queries.members_of(team_id)
                if one.staff_id != staff_id
            ),
        )
        for team_id, name in teams
    ]


@dataclass(frozen=True, slots=True)
class Standing:
    """What the queues tell somebody about absences: the own one, and for whom one stands in."""

    away_until: str = ""
    stands_in_for: tuple[tuple[str, str, str], ...] = ()


def standing(actor: Actor, cover: Cover, team_names: dict[uuid.UUID, str]) -> Standing:
    """Return it from the cover of the actor's teams: name, team and last day of each colleague."""
    staff_id = check_staff(actor)
    own = cover.away.get(staff_id)
    return Standing(
        away_until=own.until if own else "",
        stands_in_for=tuple(
            (cover.away[absent].name, name, cover.away[absent].until)
            for team_id, name in team_names.items()
            for absent in cover.stands_in_for(team_id, staff_id)
        ),
    )
