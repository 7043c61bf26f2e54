"""Who takes part in one telling of the world, and which veteran writes which text to which team. Pure."""

import random
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace

from smportal.devstack.world import texts
from smportal.devstack.world.personas import BIG_MAILBOX, VETERANS, Persona
from smportal.devstack.world.places import TEAMS, Team, facility_rows
from smportal.devstack.world.staff import EVERYBODY, StaffPersona
from smportal.devstack.world.texts import Exchange

SEED = 20_260_101
BIG_SIZE = 300
# Teams that every veteran of a facility may write to, besides the own primary care team.
FOR_ALL = ("pharmacy",)
BUSIEST = "PDX-PACT-BLUE3"
# How the latest questions of the big mailbox to the busiest team stand.
BIG_WAITING = ("unanswered", "unanswered", "in_progress", "unanswered", "overdue")


@dataclass(frozen=True, slots=True)
class Part:
    """One conversation to be: its text, its veteran, its team."""

    key: str
    exchange: Exchange
    veteran: Persona
    team: Team


@dataclass(frozen=True)
class Plan:
    """What is told. The whole world by default; tests tell a smaller one through the same code."""

    veterans: tuple[Persona, ...] = VETERANS
    teams: tuple[Team, ...] = TEAMS
    staff: tuple[StaffPersona, ...] = EVERYBODY
    exchanges: tuple[Exchange, ...] = field(default_factory=texts.exchanges)
    facilities: tuple[dict[str, str], ...] = field(default_factory=lambda: tuple(facility_rows()))
    big_size: int = BIG_SIZE

    def random(self, what: str) -> random.Random:
        """Return a source of chance that gives the same every time for the same `what`."""
        return random.Random(f"{SEED} {what}")  # noqa: S311 - a story, not a secret

    def team_for(self, veteran: Persona, care_type: str) -> Team | None:
        """Return the team of that kind of care that a veteran writes to: the own one, else of another facility."""
        if care_type == "primary_care":
            return next((team for team in self.teams if team.code == veteran.pact), None)
        fitting = [team for team in self.teams if team.care_type == care_type]
        return min(fitting, key=lambda team: team.station != veteran.station, default=None)

    def members(self, team: Team, role: str = "") -> list[StaffPersona]:
        """Return a team's members, of one role if named."""
        return [person for person in self.staff if team.code in person.teams and role in {"", person.role}]

    def parts(self) -> list[Part]:
        """Return every conversation: each text once, then the big mailbox."""
        return [*self._handwritten(), *self._waiting(list(self._big_mailbox()))]

    def _handwritten(self) -> Iterator[Part]:
        load: Counter[str] = Counter({BIG_MAILBOX: 4})
        # Those whose text fits few people choose first.
        order = sorted(self.exchanges, key=lambda each: (len(self._voices(each)), each.key))
        for exchange in order:
            options = [(person, self.team_for(person, exchange.care_type)) for person in self._voices(exchange)]
            ranked = sorted(
                (self._misfit(exchange, person, team) + 3 * load[person.key], person.number, person, team)
                for person, team in options
                if team is not None and team.opted_in
            )
            if ranked:
                *_, person, team = ranked[0]
                load[person.key] += 1
                yield Part(exchange.key, exchange, person, team)

    def _voices(self, exchange: Exchange) -> list[Persona]:
        return [person for person in self.veterans if person.writes and _fits(exchange, person)]

    def _misfit(self, exchange: Exchange, person: Persona, team: Team) -> int:
        roles = {turn.by for turn in exchange.turns if not turn.is_veterans}
        missing = sum(not self.members(team, role) for role in roles)
        # What is open gathers where people look first.
        wanted = exchange.is_open and team.code == BUSIEST
        return 4 * missing + (team.station != person.station) - 15 * wanted

    def _big_mailbox(self) -> Iterator[Part]:
        person = next((each for each in self.veterans if each.key == BIG_MAILBOX), None)
        if person is None:
            return
        pairs = list(texts.short_pairs())
        shuffled = self.random("big mailbox")
        for number in range(self.big_size):
            if number % len(pairs) == 0:
                shuffled.shuffle(pairs)
            exchange = pairs[number % len(pairs)]
            team = self.team_for(person, exchange.care_type)
            if team is not None:
                yield Part(f"big-{number:03}", exchange, person, team)

    def _waiting(self, parts: list[Part]) -> Iterator[Part]:
        """Let the latest short questions to the busiest team still wait for their answer."""
        ends = list(BIG_WAITING)
        for part in reversed(parts):
            if ends and part.team.code == BUSIEST:
                question = replace(part.exchange, turns=part.exchange.turns[:1], ends=ends.pop())
                yield replace(part, exchange=question)
            else:
                yield part

    def teams_of(self, veteran: Persona, parts: Collection[Part]) -> list[Team]:
        """Return the teams that a veteran is associated with, the own primary care team first."""
        if not veteran.pact:
            return []
        used = [part.team for part in parts if part.veteran.key == veteran.key]
        always = [self.team_for(veteran, care_type) for care_type in ("primary_care", *FOR_ALL)]
        if veteran.failing == "no_participating_provider":
            always = always[:1]
        own = [team for team in self.teams if team.code in veteran.blocked]
        if veteran.block_code == "blocked_facility":
            # Somebody elsewhere to whom writing is still possible.
            always.append(self.team_for(veteran, "social_work"))
        return list(dict.fromkeys(team for team in (*always, *own, *used) if team is not None))


def _fits(exchange: Exchange, person: Persona) -> bool:
    if person.until_days and exchange.is_open:
        return False
    return (
        exchange.sex in {"any", person.sex}
        and (exchange.era == "any" or exchange.era in person.eras)
        and (exchange.language == "es") <= person.spanish
        # Who writes Spanish writes it always, but for a few whose text nobody else could have written.
        and (exchange.language == "es" or not person.spanish or exchange.era == "gulf")
    )
