"""Turns parts of the plan into threads: every entry with its author and its instant. Pure."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from smportal.business_time import Calendar, business_time_between
from smportal.devstack.world.places import Team
from smportal.devstack.world.plan import Part, Plan
from smportal.devstack.world.staff import StaffPersona
from smportal.devstack.world.texts import Exchange, Turn
from smportal.devstack.world.timeline import (
    DAY,
    HOUR,
    MINUTE,
    SIX_MONTHS,
    earlier,
    later,
    office_morning,
    writing_moment,
)

# Nothing of the story happens in the last hour: there the blocks of the demo are set.
MARGIN = HOUR
# Business hours since somebody wrote who waits too long: some past the escalation at 45.
OVERDUE_HOURS = (30, 47, 34, 52, 29, 40, 60, 31)
MOST_DUE_TODAY = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """A message or a note; without an author it is the veteran's. `links` are addresses of the health library."""

    at: dt.datetime
    body: str
    author: StaffPersona | None = None
    is_note: bool = False
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation with its whole history."""

    part: Part
    entries: tuple[Entry, ...]
    ends: str
    outcome: str

    @property
    def key(self) -> str:
        """The part's key: unique in the world."""
        return self.part.key


class Threads:
    """Makes the threads of one plan, all ending by `now`."""

    def __init__(self, plan: Plan, now: dt.datetime) -> None:
        self._plan = plan
        self._now = now
        zones = {row["station_number"]: row["time_zone"] for row in plan.facilities}
        self._calendars = {team.code: Calendar(zones[team.station]) for team in plan.teams}

    def calendar(self, team: Team) -> Calendar:
        """Return the working days of a team."""
        return self._calendars[team.code]

    def all(self) -> list[Thread]:
        """Return the threads: the open ones counted back from now, the others spread over six months."""
        parts = self._plan.parts()
        closed = [part for part in parts if not part.exchange.is_open]
        written = [part for part in closed if not part.key.startswith("big-")]
        self._plan.random("order").shuffle(written)
        big = [part for part in closed if part.key.startswith("big-")]
        return [
            *(self._spread(part, place, len(written)) for place, part in enumerate(written)),
            *(self._spread(self._timed(part), place, len(big)) for place, part in enumerate(big)),
            *self._waiting([part for part in parts if part.exchange.is_open]),
        ]

    def _timed(self, part: Part) -> Part:
        """Give a short pair its hours, and an end: a few of the latest wait for the veteran's next step."""
        chance = self._plan.random(f"pair {part.key}")
        question, answer = part.exchange.turns
        hours = chance.choice((0.5, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 19))
        ends, outcome = ("completed", "answered") if chance.random() < 0.75 else ("answered", "")
        turns = (question, replace(answer, hours=hours))
        return replace(part, exchange=replace(part.exchange, turns=turns, ends=ends, outcome=outcome))

    def _spread(self, part: Part, place: int, of: int) -> Thread:
        chance = self._plan.random(f"start {part.key}")
        calendar = self.calendar(part.team)
        last_day = max(part.veteran.until_days, 1)
        days_ago = last_day + round((SIX_MONTHS - 4 - last_day) * (1 - (place + chance.random()) / of))
        latest = self._now - last_day * DAY
        while True:
            day = (self._now - days_ago * DAY).astimezone(calendar.zone).date()
            moment = (office_morning if part.exchange.urgent else writing_moment)(day, chance, calendar)
            thread = self._thread(part, moment, chance)
            # Time to complete it, too, before the story ends.
            if later(thread.entries[-1].at, 5, calendar) < latest - MARGIN:
                return thread
            days_ago += 1

    def _waiting(self, parts: Sequence[Part]) -> list[Thread]:
        """Place the open ones: how many business hours ago their clock started decides how they look now."""
        overdue = due = 0
        threads = []
        for part in sorted(parts, key=lambda each: each.key):
            chance = self._plan.random(f"open {part.key}")
            least = self._after_clock(part.exchange) + 0.8
            if part.exchange.ends == "overdue":
                hours: float = OVERDUE_HOURS[overdue % len(OVERDUE_HOURS)] + chance.uniform(0.1, 1.4)
                overdue += 1
            elif part.exchange.urgent:
                hours = 2.0
            elif due < MOST_DUE_TODAY and (today := self._due_today(part.team)) is not None:
                hours = max(today, 18.5)
                due += 1
            else:
                hours = chance.uniform(3, 22)
            threads.append(self._counted_back(part, max(hours, least), chance))
        return threads

    def _due_today(self, team: Team) -> float | None:
        """Return how many business hours ago somebody wrote whose answer is due later today; None on a day off."""
        calendar = self.calendar(team)
        midnight = dt.datetime.combine(self._now.astimezone(calendar.zone).date() + DAY, dt.time(), calendar.zone)
        left = business_time_between(self._now, midnight, calendar) / HOUR
        return 27 - left / 2 if left > 0.5 else None

    def _after_clock(self, exchange: Exchange) -> float:
        """Return the business hours from the start of the clock to the last entry."""
        return sum(_hours(turn) for turn in exchange.turns[_clock_turn(exchange) + 1 :])

    def _counted_back(self, part: Part, hours: float, chance: Random) -> Thread:
        before = sum(_hours(turn) for turn in part.exchange.turns[1 : _clock_turn(part.exchange) + 1])
        latest = self._now - MARGIN
        while True:
            start = earlier(self._now, before + hours, self.calendar(part.team))
            thread = self._thread(part, start, chance)
            if thread.entries[-1].at < latest:
                return thread
            hours += 0.5

    def _thread(self, part: Part, start: dt.datetime, chance: Random) -> Thread:
        calendar = self.calendar(part.team)
        authors: dict[str, StaffPersona] = {}
        entries: list[Entry] = []
        moment = start
        for number, turn in enumerate(part.exchange.turns):
            if number and turn.minutes is not None:
                moment += turn.minutes * MINUTE
            elif number:
                moment = later(moment, turn.hours, calendar)
                if entries[-1].author is None or not turn.is_veterans:
                    moment += chance.randrange(50) * dt.timedelta(seconds=1)
            author = None if turn.is_veterans else self._author(part.team, turn.by, authors, chance)
            entries.append(Entry(moment, _filled(turn.body, part, author), author, turn.is_note, turn.links))
        return Thread(part, tuple(entries), part.exchange.ends, part.exchange.outcome)

    def _author(self, team: Team, role: str, known: dict[str, StaffPersona], chance: Random) -> StaffPersona:
        if role not in known:
            people = self._plan.members(team, role) or self._plan.members(team)
            known[role] = chance.choice(people)
        return known[role]


def _hours(turn: Turn) -> float:
    return turn.hours if turn.minutes is None else turn.minutes / 60


def _clock_turn(exchange: Exchange) -> int:
    """Return which turn starts the clock: the first of the veteran's after the last answer."""
    answers = [place for place, turn in enumerate(exchange.turns) if not turn.is_veterans and not turn.is_note]
    after = answers[-1] + 1 if answers else 0
    return next(place for place, turn in enumerate(exchange.turns) if place >= after and turn.is_veterans)


def _filled(body: str, part: Part, author: StaffPersona | None) -> str:
    veteran = part.veteran
    words = {
        "{veteran_first}": veteran.first or veteran.last,
        "{veteran_last}": veteran.last or veteran.first,
    }
    if author is not None:
        words |= {
            "{staff_first}": author.name.partition(" ")[0],
            "{staff_name}": author.name,
            "{staff_title}": author.title,
        }
    for placeholder, word in words.items():
        body = body.replace(placeholder, word)
    return body
