"""Instants as people read them, always with the zone's abbreviation.

Formatting happens in queries, not in templates: it halves the cost of a list page.
"""

import datetime as dt
import zoneinfo
from functools import lru_cache

_MONTHS = ("Jan.", "Feb.", "March", "April", "May", "June", "July", "Aug.", "Sept.", "Oct.", "Nov.", "Dec.")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@lru_cache(maxsize=600)
def zone_named(name: str) -> zoneinfo.ZoneInfo:
    """Return the zone. Raises ZoneInfoNotFoundError for an unknown name."""
    return zoneinfo.ZoneInfo(name)


def viewer_zone(chosen: str, facility_zone: str) -> zoneinfo.ZoneInfo:
    """Return the viewer's chosen zone, else the facility's."""
    return zone_named(chosen or facility_zone or "America/New_York")


def clock_time(local: dt.datetime) -> str:
    """Return "10:42 a.m."; noon and midnight in words."""
    if local.minute == 0 and local.hour in {0, 12}:
        return "noon" if local.hour else "midnight"
    half = "a.m." if local.hour < 12 else "p.m."
    return f"{local.hour % 12 or 12}:{local.minute:02d} {half}"


def abbreviation(local: dt.datetime) -> str:
    """Return "ET"-like abbreviations as the zone database has them (EST, HST, +10 for zones without)."""
    name = local.tzname() or ""
    return f"UTC{name}" if name[:1] in "+-" else name


def day(local: dt.date) -> str:
    """Return "Nov. 23, 2026"."""
    return f"{_MONTHS[local.month - 1]} {local.day}, {local.year}"


def moment(instant: dt.datetime, zone: dt.tzinfo) -> str:
    """Return "Nov. 23, 2026, 10:42 a.m. EST"; seconds are dropped, never rounded up."""
    local = instant.astimezone(zone)
    return f"{day(local)}, {clock_time(local)} {abbreviation(local)}"


def weekday_moment(instant: dt.datetime, zone: dt.tzinfo) -> str:
    """Return "Friday, Nov. 27, 2026, 5:00 p.m. EST": for due dates."""
    local = instant.astimezone(zone)
    return f"{_DAYS[local.weekday()]}, {moment(instant, zone)}"


def short(instant: dt.datetime, zone: dt.tzinfo, now: dt.datetime) -> str:
    """Return what a list shows: the time today, the day this year, else the whole date."""
    local, today = instant.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        return f"{clock_time(local)} {abbreviation(local)}"
    if local.year == today.year:
        return f"{_MONTHS[local.month - 1]} {local.day}"
    return day(local)
