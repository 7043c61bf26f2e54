"""What every page of the care team's inbox starts from: whose it is, the own teams, and who of them is away."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from eligibility import queries as eligibility_queries
from eligibility.models import CareTeam, TeamMembership
from messaging.absence.cover import Cover, cover_of
from messaging.models import NoteState, RecordNote
from messaging.permissions import check_staff
from smportal import clock, times
from smportal.actor import Actor


def team_ids(actor: Actor) -> list[uuid.UUID]:
    """Return the actor's teams. Raises NotFound for anybody who is not staff."""
    check_staff(actor)
    return eligibility_queries.team_ids_of(actor)


@dataclass(frozen=True, slots=True)
class OwnTeam:
    """What a row shows of its team: looked up once for the page instead of joined to every row."""

    name: str
    zone: str
    facility_id: int
    is_led: bool = False
    # Notes that the health record refused, in conversations that the team has now.
    failed_notes: int = 0


@dataclass(frozen=True, slots=True)
class Desk:
    """What every queue of one page starts from: whose it is, the teams, the zones and the instant."""

    actor: Actor
    teams: dict[uuid.UUID, OwnTeam]
    chosen_zone: str
    now: dt.datetime
    cover: Cover

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


def desk_of(actor: Actor, *, zone: str = "") -> Desk:
    """Return the actor's desk now; `zone` is the one that the viewer chose. Raises NotFound as `team_ids` does."""
    leads = TeamMembership.objects.filter(team=OuterRef("id"), staff_id=actor.staff_id, is_lead=True, ended_at=None)
    # What failed is little, and has an index of its own: this costs no more with a million notes that were filed.
    failed = RecordNote.objects.filter(state=NoteState.FAILED, conversation__team=OuterRef("id")).order_by()
    counted = failed.values("conversation__team").annotate(number=Count("id")).values("number")
    found = CareTeam.objects.filter(id__in=team_ids(actor)).order_by("id")
    rows = found.annotate(is_led=Exists(leads), failed_notes=Coalesce(Subquery(counted), 0)).values_list(
        "id", "internal_name", "facility__time_zone", "facility_id", "is_led", "failed_notes"
    )
    teams = {team_id: OwnTeam(*about) for team_id, *about in rows}
    now = clock.now()
    return Desk(actor, teams, zone, now, cover_of(teams, at=now))
