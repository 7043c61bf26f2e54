"""The care teams that a veteran may write to, as somebody looks for them: lately written to, then by system."""

import unicodedata
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from eligibility import texts
from eligibility.decision import Decision, TeamDecision

# From this many on, the page has a box to find one.
MANY = 7


@dataclass(frozen=True, slots=True)
class TeamGroup:
    """Teams under one heading; no heading where there is only one group."""

    heading: str
    teams: tuple[TeamDecision, ...]


@dataclass(frozen=True, slots=True)
class ClosedTeam:
    """A team of the veteran's that cannot be written to now, and why."""

    team: TeamDecision
    why: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What the page offers. `found` is how many of `total` teams match what was looked for."""

    groups: tuple[TeamGroup, ...]
    closed: tuple[ClosedTeam, ...]
    found: int
    total: int

    @property
    def many(self) -> bool:
        """Whether there are so many that a box to find one helps."""
        return self.total >= MANY

    @property
    def team_ids(self) -> frozenset[uuid.UUID]:
        """The teams that the page shows."""
        return frozenset(team.team_id for group in self.groups for team in group.teams)


def choice(decision: Decision, recent: list[uuid.UUID], *, find: str = "") -> Choice:
    """Return the teams to choose from: those written to lately first, the others by health care system.

    `find` keeps those that have all its words in name, kind of care, facility or people.
    """
    writable = [team for team in decision.teams if team.may_write]
    words = _folded(find).split()
    found = [team for team in writable if all(word in _folded(_all_words(team)) for word in words)]
    closed = tuple(
        ClosedTeam(team, texts.team_status(team.reason)) for team in _by_name(decision.teams) if _is_closed(team)
    )
    return Choice(tuple(_grouped(found, recent)), closed, len(found), len(writable))


def _is_closed(team: TeamDecision) -> bool:
    # A team that the veteran no longer belongs to is none of theirs: "my team is missing" explains that.
    return team.associated and not team.may_write


def _grouped(teams: list[TeamDecision], recent: list[uuid.UUID]) -> Iterable[TeamGroup]:
    lately = sorted((team for team in teams if team.team_id in recent), key=lambda team: recent.index(team.team_id))
    rest = _by_name(team for team in teams if team.team_id not in recent)
    systems = {team.system_name for team in teams}
    if lately:
        yield TeamGroup(_("Teams you wrote to lately") if rest else "", tuple(lately))
    if rest and len(systems) == 1:
        yield TeamGroup(_("Your other care teams") if lately else "", tuple(rest))
    elif rest:
        for system in sorted({team.system_name for team in rest}):
            yield TeamGroup(system, tuple(team for team in rest if team.system_name == system))


def _by_name(teams: Iterable[TeamDecision]) -> list[TeamDecision]:
    return sorted(teams, key=lambda team: (_folded(team.public_name), team.facility_name, team.code))


def _all_words(team: TeamDecision) -> str:
    return " ".join((team.public_name, team.care_type_label, team.facility_name, team.system_name, *team.providers))


def _folded(words: str) -> str:
    """Return words without case and accents, as people type them into a search."""
    decomposed = unicodedata.normalize("NFD", words.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))
