"""Business time against a second opinion that counts minutes one by one.

The counter shares nothing with the code it checks: holidays from the statute's own rules, closures
by executive order from a list kept by hand, and no intervals, only minutes that are or are not
business time. `FULL=1` counts many more.
"""

import calendar as paper
import os
import random
from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from smportal.business_time import (
    Calendar,
    add_business_time,
    business_time_between,
    federal_holidays,
    is_business_time,
    next_business_moment,
)

FULL = bool(os.environ.get("FULL"))
SEEDS = range(150 if FULL else 20)
STRETCHES_PER_SEED = 8
STARTS_PER_STRETCH = 40
MINUTE = timedelta(minutes=1)

# The zones of VA's facilities, then zones whose clocks are odd in some way.
ZONES = [
    *("America/New_York", "America/Chicago", "America/Denver", "America/Boise", "America/Phoenix"),
    *("America/Los_Angeles", "America/Anchorage", "America/Detroit", "America/St_Thomas"),
    *("America/Indiana/Indianapolis", "America/Puerto_Rico", "Pacific/Honolulu", "Pacific/Guam"),
    *("Pacific/Saipan", "Pacific/Pago_Pago", "Asia/Manila"),
    *("Pacific/Apia", "Australia/Lord_Howe", "America/St_Johns", "Asia/Kathmandu"),
    *("Europe/Dublin", "Africa/Casablanca", "America/Caracas", "Pacific/Kiritimati"),
]

# Executive orders 13238, 13281 (half day), 13320, 13343, 13421, 13453, 13482, 13523 (half day),
# 13633, 13682, 13713 (half day), 13852, 13854, 13900, 13965, 14129, 14133 and 14371.
CLOSED_BY_EXECUTIVE_ORDER = {
    date(2001, 12, 24), date(2002, 12, 24), date(2003, 12, 26), date(2004, 6, 11),
    date(2007, 1, 2), date(2007, 12, 24), date(2008, 12, 26), date(2009, 12, 24),
    date(2012, 12, 24), date(2014, 12, 26), date(2015, 12, 24), date(2018, 12, 5),
    date(2018, 12, 24), date(2019, 12, 24), date(2020, 12, 24), date(2024, 12, 24),
    date(2025, 1, 9), date(2025, 12, 24), date(2025, 12, 26),
}  # fmt: skip


def legal_holidays(year: int) -> set[date]:
    """The days off of 5 U.S.C. 6103 that fall in `year`, for work from Monday to Friday."""

    def nth(month: int, weekday: int, number: int) -> date:
        weeks = paper.monthcalendar(year, month)
        return date(year, month, [week[weekday] for week in weeks if week[weekday]][number])

    days_off = {
        nth(1, paper.MONDAY, 2),  # Birthday of Martin Luther King, Jr.
        nth(2, paper.MONDAY, 2),  # Washington's Birthday
        nth(5, paper.MONDAY, -1),  # Memorial Day
        nth(9, paper.MONDAY, 0),  # Labor Day
        nth(10, paper.MONDAY, 1),  # Columbus Day
        nth(11, paper.THURSDAY, 3),  # Thanksgiving Day
    }
    fixed = [(year, 1, 1), (year, 7, 4), (year, 11, 11), (year, 12, 25), (year + 1, 1, 1)]
    if year >= 2021:
        fixed.append((year, 6, 19))
    for holiday in (date(*parts) for parts in fixed):
        move = {paper.SATURDAY: -1, paper.SUNDAY: 1}.get(holiday.weekday(), 0)
        days_off.add(holiday + timedelta(days=move))
    return {day for day in days_off if day.year == year}


@pytest.mark.parametrize("decade", range(1990, 2110, 10))
def test_federal_holidays_equal_the_statutes_own_rules(decade: int) -> None:
    for year in range(decade, decade + 10):
        expected = legal_holidays(year) | {d for d in CLOSED_BY_EXECUTIVE_ORDER if d.year == year}
        assert {day for day in federal_holidays(year) if day.weekday() < 5} == expected


@dataclass
class Stretch:
    """Some weeks in one zone, as the list of the minutes (since `origin`) that are business time."""

    origin: datetime
    minutes: list[int]

    @classmethod
    def counted(cls, zone: ZoneInfo, origin: datetime, days: int, closed: set[date]) -> "Stretch":
        off = closed | CLOSED_BY_EXECUTIVE_ORDER
        off |= {day for year in range(-1, 2) for day in legal_holidays(origin.year + year)}
        minutes = []
        for number in range(days * 24 * 60):
            wall = (origin + number * MINUTE).astimezone(zone)
            if 8 <= wall.hour < 17 and wall.weekday() < 5 and wall.date() not in off:
                minutes.append(number)
        return cls(origin, minutes)

    def first_moment(self, start: datetime) -> datetime:
        number, rest = divmod(start - self.origin, MINUTE)
        position = bisect_left(self.minutes, number)
        begins = self.minutes[position]
        return self.origin + begins * MINUTE + (rest if begins == number else timedelta(0))

    def after(self, start: datetime, minutes: int) -> datetime:
        number, rest = divmod(self.first_moment(start) - self.origin, MINUTE)
        position = bisect_left(self.minutes, number)
        if rest:
            # Part of the first minute had passed: that part is owed in a minute after the last.
            return self.origin + self.minutes[position + minutes] * MINUTE + rest
        return self.origin + (self.minutes[position + minutes - 1] + 1) * MINUTE

    def elapsed(self, number: int) -> int:
        return bisect_left(self.minutes, number)


def random_stretch(chance: random.Random) -> tuple[Calendar, Stretch]:
    zone = ZoneInfo(chance.choice(ZONES))
    # Half of them around the turn of the year and the changes of the clocks.
    month = chance.choice([3, 10, 11, 12, 12, chance.randint(1, 12), chance.randint(1, 12)])
    origin = datetime(chance.randint(1990, 2100), month, chance.randint(1, 28), tzinfo=UTC)
    spans = []
    for _ in range(chance.choice([0, 0, 1, 3])):
        first = (origin + timedelta(days=chance.randint(-2, 25))).date()
        spans.append((first, first + timedelta(days=chance.choice([0, 0, 1, 4]))))
    closed = {first + timedelta(days=n) for first, last in spans for n in range((last - first).days + 1)}
    stretch = Stretch.counted(zone, origin, 42 + len(closed), closed)
    if chance.random() < 0.5:  # The same closures, as single dates.
        return Calendar(zone, closed), stretch
    return Calendar(zone, spans), stretch


def random_starts(chance: random.Random, stretch: Stretch) -> list[datetime]:
    """Starts in the first three weeks, a third of them at or next to an opening or a closing."""
    starts = []
    for _ in range(STARTS_PER_STRETCH):
        start = stretch.origin + timedelta(seconds=chance.uniform(0, 21 * 86_400))
        kind = chance.randrange(6)
        if kind == 0:
            start = start.replace(second=0, microsecond=0)
        elif kind <= 2:
            half_hour = start.replace(minute=chance.choice([0, 30]), second=0, microsecond=0)
            start = half_hour + timedelta(microseconds=chance.choice([0, 0, 1, -1]))
        starts.append(max(start, stretch.origin))
    return starts


@pytest.mark.parametrize("seed", SEEDS)
def test_counting_minutes_gives_the_same_answers(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(STRETCHES_PER_SEED):
        calendar, stretch = random_stretch(chance)
        for start in random_starts(chance, stretch):
            what = f"{start.isoformat()} {calendar}"
            first = stretch.first_moment(start)
            assert next_business_moment(start, calendar) == first, what
            assert is_business_time(start, calendar) == (first == start), what
            for minutes in (18 * 60, 27 * 60, 45 * 60, chance.randint(1, 2700)):
                found = add_business_time(start, timedelta(minutes=minutes), calendar)
                assert found == stretch.after(start, minutes), f"{what} + {minutes}"
            ends = sorted(chance.randint(0, 42 * 24 * 60) for _ in range(2))
            counted = (stretch.elapsed(ends[1]) - stretch.elapsed(ends[0])) * MINUTE
            begin, end = (stretch.origin + number * MINUTE for number in ends)
            assert business_time_between(begin, end, calendar) == counted, f"{ends} {what}"
