"""Instants as people read them, in their language, always with the zone's abbreviation.

Formatting happens in queries, not in templates: it halves the cost of a list page. The languages differ
in more than words, so each has functions of its own; Django's formats know neither "a.m." nor noon.
"""

import datetime as dt
import zoneinfo
from functools import lru_cache
from typing import Final, Protocol

from django.utils.translation import get_language


class _Words(Protocol):
    """One language: the pieces from which the functions below put a moment together."""

    def clock_time(self, local: dt.datetime) -> str: ...
    def day(self, local: dt.date) -> str: ...
    def day_of_this_year(self, local: dt.date) -> str: ...
    def weekday(self, local: dt.date) -> str: ...


class _English:
    """As the Associated Press writes them: "Nov. 23, 2026, 10:42 a.m."."""

    months = ("Jan.", "Feb.", "March", "April", "May", "June", "July", "Aug.", "Sept.", "Oct.", "Nov.", "Dec.")
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

    def clock_time(self, local: dt.datetime) -> str:
        if local.minute == 0 and local.hour in {0, 12}:
            return "noon" if local.hour else "midnight"
        return f"{local.hour % 12 or 12}:{local.minute:02d} {'a.m.' if local.hour < 12 else 'p.m.'}"

    def day(self, local: dt.date) -> str:
        return f"{self.months[local.month - 1]} {local.day}, {local.year}"

    def day_of_this_year(self, local: dt.date) -> str:
        return f"{self.months[local.month - 1]} {local.day}"

    def weekday(self, local: dt.date) -> str:
        return self.days[local.weekday()]


class _Spanish:
    """As Spanish is written in the United States: "23 de noviembre de 2026, 10:42 a. m."."""

    months = (
        *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
        *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
    )
    days = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")

    def clock_time(self, local: dt.datetime) -> str:
        if local.minute == 0 and local.hour in {0, 12}:
            return "mediodía" if local.hour else "medianoche"
        # The space in "a. m." does not break.
        return f"{local.hour % 12 or 12}:{local.minute:02d} {'a' if local.hour < 12 else 'p'}.\N{NO-BREAK SPACE}m."

    def day(self, local: dt.date) -> str:
        return f"{local.day} de {self.months[local.month - 1]} de {local.year}"

    def day_of_this_year(self, local: dt.date) -> str:
        return f"{local.day} de {self.months[local.month - 1]}"

    def weekday(self, local: dt.date) -> str:
        return self.days[local.weekday()]


_ENGLISH: Final = _English()
_LANGUAGES: Final[dict[str | None, _Words]] = {"es": _Spanish()}


def _words() -> _Words:
    return _LANGUAGES.get(get_language(), _ENGLISH)


@lru_cache(maxsize=600)
def zone_named(name: str) -> zoneinfo.ZoneInfo:
    """Return the zone. Raises ZoneInfoNotFoundError for an unknown name."""
    return zoneinfo.ZoneInfo(name)


def viewer_zone(chosen: str, facility_zone: str) -> zoneinfo.ZoneInfo:
    """Return the viewer's chosen zone, else the facility's."""
    return zone_named(chosen or facility_zone or "America/New_York")


def clock_time(local: dt.datetime) -> str:
    """Return "10:42 a.m."; noon and midnight in words."""
    return _words().clock_time(local)


def abbreviation(local: dt.datetime) -> str:
    """Return "ET"-like abbreviations as the zone database has them (EST, HST, +10 for zones without)."""
    name = local.tzname() or ""
    return f"UTC{name}" if name[:1] in "+-" else name


def day(local: dt.date) -> str:
    """Return "Nov. 23, 2026"."""
    return _words().day(local)


def moment(instant: dt.datetime, zone: dt.tzinfo) -> str:
    """Return "Nov. 23, 2026, 10:42 a.m. EST"; seconds are dropped, never rounded up."""
    local, words = instant.astimezone(zone), _words()
    return f"{words.day(local)}, {words.clock_time(local)} {abbreviation(local)}"


def weekday_moment(instant: dt.datetime, zone: dt.tzinfo) -> str:
    """Return "Friday, Nov. 27, 2026, 5:00 p.m. EST": for due dates."""
    return f"{_words().weekday(instant.astimezone(zone))}, {moment(instant, zone)}"


def moment_soon(instant: dt.datetime, zone: dt.tzinfo, now: dt.datetime) -> str:
    """Return a moment without the year that everybody knows: a list has no room for it on a phone."""
    local, words = instant.astimezone(zone), _words()
    if local.year != now.astimezone(zone).year:
        return moment(instant, zone)
    return f"{words.day_of_this_year(local)}, {words.clock_time(local)} {abbreviation(local)}"


def weekday_moment_soon(instant: dt.datetime, zone: dt.tzinfo, now: dt.datetime) -> str:
    """Return "Friday, Nov. 27, 5:00 p.m. EST": for due dates in a list."""
    return f"{_words().weekday(instant.astimezone(zone))}, {moment_soon(instant, zone, now)}"


def short(instant: dt.datetime, zone: dt.tzinfo, now: dt.datetime) -> str:
    """Return what a list shows: the time today, the day this year, else the whole date."""
    local, today, words = instant.astimezone(zone), now.astimezone(zone), _words()
    if local.date() == today.date():
        return f"{words.clock_time(local)} {abbreviation(local)}"
    if local.year == today.year:
        return words.day_of_this_year(local)
    return words.day(local)
