"""Whose figures somebody may see: a triage lead's teams, an administrator's facilities (domain rules, section 5)."""

import uuid
from dataclasses import dataclass

from eligibility.reporting import ReportTeam, teams_to_report
from smportal.actor import Actor
from smportal.errors import NotFound


@dataclass(frozen=True, slots=True)
class ReportScope:
    """The teams to report on, by facility and name; never empty."""

    teams: tuple[ReportTeam, ...]

    @property
    def zone(self) -> str:
        """The zone whose dates the period is in where the viewer chose none: that of the first facility."""
        return self.teams[0].time_zone

    def facilities(self) -> dict[int, list[ReportTeam]]:
        """Return the teams by facility, in their order."""
        found: dict[int, list[ReportTeam]] = {}
        for team in self.teams:
            found.setdefault(team.facility_id, []).append(team)
        return found

    def narrowed(self, *, facility_id: int | None, team_id: uuid.UUID | None) -> "ReportScope":
        """Return the part that was chosen. Raises NotFound when nothing of it is in the scope."""
        chosen = tuple(
            team
            for team in self.teams
            if facility_id in {None, team.facility_id} and (team_id is None or team_id == team.id)
        )
        if not chosen:
            raise NotFound
        return ReportScope(chosen)


def scope_of(actor: Actor) -> ReportScope:
    """Return what the actor may see reports on. Raises NotFound for somebody who leads and administers nothing."""
    teams = tuple(teams_to_report(actor))
    if not teams:
        raise NotFound
    return ReportScope(teams)
