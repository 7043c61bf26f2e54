"""Business time: when a care team is at work, and what falls due when.

Pure arithmetic over a calendar: no Django, no database, no clock of its own.
The rules are the domain rules, section 6:

* business time is Monday to Friday, 08:00 to 17:00 on the facility's wall clock, except federal
  holidays (observed dates, closures by executive order) and closures that an administrator enters;
* a deadline counts from the first moment, at or after sending, that is business time;
* a deadline that would fall at an opening instant is the closing instant before it.

What "federal holiday" means here is exactly the government category of the `holidays` package
for the whole country, which settles three cases that a reader may wonder about:

* half-day closings by executive order (December 24 of 2002, 2009 and 2015) close the whole day,
  because closures are whole local dates;
* Inauguration Day closes nothing: it is a holiday only for federal work around the capital, where
  an administrator enters it as a closure, like a territory's own holidays;
* an executive order that the installed package does not know yet is entered as a closure for all
  facilities.

Instants go in with any offset and come out in UTC. UTC on purpose: Python compares and subtracts
two datetimes of the same zone by their wall clocks, which is wrong across a clock change.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from holidays.constants import GOVERNMENT
from holidays.countries.united_states import UnitedStates

OPENS: Final = time(8)
CLOSES: Final = time(17)
REMIND_HOURS: Final = 18
DUE_HOURS: Final = 27
ESCALATE_HOURS: Final = 45

# The calendar ends somewhere so that a closure without an end is an error, not an endless search.
# It begins with the Uniform Monday Holiday Act.
FIRST_DAY: Final = date(1971, 1, 1)
LAST_DAY: Final = date(2199, 12, 31)

_ONE_DAY: Final = timedelta(days=1)
_NONE: Final = timedelta(0)
_SATURDAY: Final = 5

Span = tuple[date, date]
"""First and last local date of a closure, both inclusive."""


class CalendarRangeError(ValueError):
    """The answer lies outside the years that the calendar covers."""


@dataclass(frozen=True, init=False)
class Calendar:
    """One facility's working days: its time zone and the dates on which it is closed.

    `zone` is an IANA name or a ZoneInfo; `closed` holds local dates, or pairs of a first and a last
    local date (both inclusive), in any order and overlapping as they like. Federal holidays always
    apply on top. Raises ValueError for an unknown zone or a closure that ends before it starts.
    """

    zone: ZoneInfo
    closed: tuple[Span, ...]

    def __init__(self, zone: str | ZoneInfo, closed: Iterable[date | Span] = ()) -> None:
        # Plain assignment is what a frozen dataclass refuses.
        object.__setattr__(self, "zone", _zone(zone) if isinstance(zone, str) else zone)
        object.__setattr__(self, "closed", _merged(closed))

    def closed_through(self, day: date) -> date | None:
        """The last date of the closure that `day` lies in, or None when `day` is in none."""
        if self.closed:
            position = bisect_right(self.closed, (day, date.max)) - 1
            if position >= 0 and self.closed[position][1] >= day:
                return self.closed[position][1]
        return None


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The three instants of a response obligation, in UTC (domain rules, section 6)."""

    remind_at: datetime
    due_at: datetime
    escalate_at: datetime


def deadlines(start: datetime, calendar: Calendar) -> Deadlines:
    """Reminder, due and escalation instants of an obligation that starts at `start`."""
    return Deadlines(
        remind_at=add_business_time(start, REMIND_HOURS, calendar),
        due_at=add_business_time(start, DUE_HOURS, calendar),
        escalate_at=add_business_time(start, ESCALATE_HOURS, calendar),
    )


def add_business_time(start: datetime, hours: int | timedelta, calendar: Calendar) -> datetime:
    """The instant (UTC) at which `hours` of business time have passed since `start`.

    Exact to the microsecond. `hours` is a number of whole hours or a timedelta, more than zero.
    Raises ValueError for a `start` without an offset or `hours` not above zero, and
    CalendarRangeError when the calendar ends before that much business time has passed.
    """
    left = hours if isinstance(hours, timedelta) else timedelta(hours=hours)
    if left <= _NONE:
        raise ValueError(f"business time to add must be more than zero, not {hours}")
    moment = _utc(start)
    for opens, closes in _windows(calendar, _local_date(moment, calendar), LAST_DAY):
        begins = max(opens, moment)
        available = closes - begins
        # "<=", not "<": time that runs out exactly at closing ends there, not at the next opening.
        if left <= available:
            return begins + left
        if available > _NONE:
            left -= available
    raise CalendarRangeError(f"no {hours} hours of business time before the end of {LAST_DAY.year}")


def subtract_business_time(end: datetime, hours: int | timedelta, calendar: Calendar) -> datetime:
    """The last instant (UTC) from which `hours` of business time pass until `end`.

    Raises ValueError for an `end` without an offset or `hours` not above zero, and CalendarRangeError when the
    calendar has less business time before.
    """
    left = hours if isinstance(hours, timedelta) else timedelta(hours=hours)
    if left <= _NONE:
        raise ValueError(f"business time to subtract must be more than zero, not {hours}")
    moment = _utc(end)
    for opens, closes in _windows_back(calendar, _local_date(moment, calendar)):
        stops = min(closes, moment)
        available = stops - opens
        if left <= available:
            return stops - left
        if available > _NONE:
            left -= available
    raise CalendarRangeError(f"no {hours} hours of business time before {moment}")


def business_time_between(start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    """How much business time lies between two instants; zero when `end` is not after `start`.

    Zero rather than negative, because servers' clocks differ and no age is below zero.
    Raises ValueError for an instant without an offset, CalendarRangeError outside the calendar.
    """
    first, last = _utc(start), _utc(end)
    total = _NONE
    days = _local_date(first, calendar), _local_date(last, calendar)
    for opens, closes in _windows(calendar, *days):
        total += max(_NONE, min(closes, last) - max(opens, first))
    return total


def next_business_moment(start: datetime, calendar: Calendar) -> datetime:
    """The first moment (UTC), at or after `start`, that is business time.

    Raises ValueError for a `start` without an offset and CalendarRangeError when there is none.
    """
    moment = _utc(start)
    for opens, closes in _windows(calendar, _local_date(moment, calendar), LAST_DAY):
        if moment < closes:
            return max(opens, moment)
    raise CalendarRangeError(f"no business time before the end of {LAST_DAY.year}")


def is_business_time(moment: datetime, calendar: Calendar) -> bool:
    """Whether the care team is at work at `moment`: 08:00 is business time, 17:00 no longer."""
    instant = _utc(moment)
    today = _local_date(instant, calendar)
    return any(opens <= instant < closes for opens, closes in _windows(calendar, today, today))


def closed_since(moment: datetime, calendar: Calendar) -> datetime | None:
    """The instant (UTC) at which business time last ended, or None when `moment` is business time.

    Raises ValueError for an instant without an offset and CalendarRangeError when there was no business time before.
    """
    if is_business_time(moment, calendar):
        return None
    instant = _utc(moment)
    for _, closes in _windows_back(calendar, _local_date(instant, calendar)):
        if closes <= instant:
            return closes
    raise CalendarRangeError(f"no business time before {instant}")


@lru_cache(maxsize=256)
def federal_holidays(year: int) -> frozenset[date]:
    """Dates of `year` on which the federal government is closed, observed dates included."""
    return frozenset(
        _FederalCalendar(  # type: ignore[no-untyped-call]  # the package's constructor has no types
            years=year, categories=GOVERNMENT, expand=False
        )
    )


def parse_instant(text: str) -> datetime:
    """Reads an ISO 8601 date and time that carries its offset, such as `2026-03-03T10:00-05:00`.

    `Z`, fractions of a second (beyond microseconds cut off) and the basic format are accepted.
    Raises ValueError that says what is wrong; a time without an offset is never guessed at.
    """
    shape = _INSTANT.fullmatch(text.strip())
    if shape is None:
        raise ValueError(f"not an ISO 8601 date and time with an offset: {text[:60]!r}")
    if shape["offset"] is None:
        raise ValueError(f"the offset from UTC is missing (such as Z or -05:00): {text[:60]!r}")
    try:
        return datetime.fromisoformat(shape[0].upper())
    except ValueError as error:
        raise ValueError(f"no such date and time: {text[:60]!r} ({error})") from error


def format_instant(moment: datetime, calendar: Calendar) -> str:
    """ISO 8601 to the second (rounded down), with the facility's offset at that moment.

    Raises ValueError for a `moment` without an offset.
    """
    return _utc(moment).astimezone(calendar.zone).isoformat(timespec="seconds")


class _FederalCalendar(UnitedStates):
    # The package stops at 2100 and then answers "no holidays" in silence; the rules go on.
    end_year = LAST_DAY.year


_INSTANT: Final = re.compile(
    r"\d{4}-?\d\d-?\d\d[T ]\d\d(:?\d\d(:?\d\d([.,]\d+)?)?)?(?P<offset>Z|[+-]\d\d(:?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)


def _windows(calendar: Calendar, first: date, last: date) -> Iterator[tuple[datetime, datetime]]:
    """Opening and closing instants (UTC) of the business days from `first` to `last`, in order."""
    if not (FIRST_DAY <= first <= LAST_DAY and last <= LAST_DAY):
        raise CalendarRangeError(f"the calendar covers the years {FIRST_DAY.year} to {LAST_DAY.year}")
    day = first
    while day <= last:
        closed_through = calendar.closed_through(day)
        if closed_through is not None:
            if closed_through >= last:
                return
            day = closed_through
        elif day.weekday() < _SATURDAY and day not in federal_holidays(day.year):
            window = _window(calendar.zone, day)
            if window is not None:
                yield window
        day += _ONE_DAY


def _windows_back(calendar: Calendar, last: date) -> Iterator[tuple[datetime, datetime]]:
    """Opening and closing instants (UTC) of the business days up to `last`, the latest first."""
    while last >= FIRST_DAY:
        # Two weeks at a time: nearly always enough, and closures are skipped at one go.
        first = max(FIRST_DAY, last - timedelta(days=14))
        yield from reversed(list(_windows(calendar, first, last)))
        last = first - _ONE_DAY


@lru_cache(maxsize=32_768)
def _window(zone: ZoneInfo, day: date) -> tuple[datetime, datetime] | None:
    """Opening and closing instant of a date, or None for a date that the zone never had.

    Apia went from December 29 to December 31 in 2011. Clocks elsewhere change outside business
    hours, so that opening and closing on the wall clock are one instant each.
    """
    opens = datetime.combine(day, OPENS, zone).astimezone(UTC)
    closes = datetime.combine(day, CLOSES, zone).astimezone(UTC)
    if opens.astimezone(zone).date() != day:
        return None
    return opens, closes


def _utc(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError("an instant needs an offset from UTC; this one is naive")
    # Looked at before converting, which overflows near the ends of what a datetime can hold.
    if not FIRST_DAY.year <= moment.year <= LAST_DAY.year:
        raise CalendarRangeError(
            f"the calendar covers the years {FIRST_DAY.year} to {LAST_DAY.year}, not {moment.year}"
        )
    return moment.astimezone(UTC)


def _local_date(moment: datetime, calendar: Calendar) -> date:
    return moment.astimezone(calendar.zone).date()


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    # zoneinfo reads files: a name can also be a directory, or a path that leads outside.
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"unknown time zone: {name[:60]!r}") from error


def _merged(closed: Iterable[date | Span]) -> tuple[Span, ...]:
    """Closures in order and apart from each other, which is what a binary search needs."""
    merged: list[Span] = []
    for first, last in sorted(item if isinstance(item, tuple) else (item, item) for item in closed):
        if isinstance(first, datetime) or isinstance(last, datetime):
            raise TypeError("a closure is made of dates, not of instants")
        if last < first:
            raise ValueError(f"a closure ends before it starts: {first} to {last}")
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return tuple(merged)
