"""A facility's working days as they stand now: its zone, federal holidays, administrators' closures."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.db import connection

from eligibility.models import Facility
from smportal.business_time import Calendar, Span

# Closures by the station that they close, NULL for all there are. A closure counts for its facility, and for all stations
# below if it says so. Two parts of a WITH RECURSIVE; `{stations}` says which facilities, as a subquery.
CLOSED = """
above(station, id) AS (
    SELECT id, id FROM eligibility_facility WHERE id IN ({stations})
    UNION
    SELECT a.station, f.parent_id FROM eligibility_facility f JOIN above a ON f.id = a.id WHERE f.parent_id IS NOT NULL
), closed(station, first_date, last_date) AS (
    SELECT a.station, c.first_date, c.last_date
    FROM messaging_closure c JOIN above a ON c.facility_id = a.id AND (c.with_children OR a.station = a.id)
    UNION ALL
    SELECT NULL, first_date, last_date FROM messaging_closure WHERE facility_id IS NULL
)
"""
_GIVEN = CLOSED.format(stations="SELECT unnest(%(facilities)s::bigint[])")
_CLOSURES = f"WITH RECURSIVE {_GIVEN} SELECT * FROM closed"  # noqa: S608 - constants only; every value is a parameter


def calendar_for(facility: Facility) -> Calendar:
    """Return one facility's calendar, with one query. Raises ValueError for a zone that does not exist."""
    return calendars_for([facility])[facility.id]


def calendars_for(facilities: Iterable[Facility]) -> dict[int, Calendar]:
    """Return the calendars of several facilities by their id, with one query for all.

    Read anew at every call: a closure may be entered at any moment, in any process (domain rules,
    section 6). Raises ValueError for a zone that does not exist.
    """
    return calendars_in({facility.id: facility.time_zone for facility in facilities})


def calendars_in(zones: Mapping[int, str]) -> dict[int, Calendar]:
    """Return what `calendars_for` does for facilities of which only id and zone are at hand."""
    closed: defaultdict[int | None, list[Span]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_CLOSURES, {"facilities": list(zones)})
        rows: list[tuple[int | None, dt.date, dt.date]] = cursor.fetchall()
    for station, first, last in rows:
        closed[station].append((first, last))
    return {identity: Calendar(zone, closed[None] + closed[identity]) for identity, zone in zones.items()}
