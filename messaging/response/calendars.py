"""A facility's working days as they stand now: its zone, federal holidays, administrators' closures."""

from collections.abc import Iterable

from django.db.models import Q

from eligibility.models import Facility
from messaging.models import Closure
from smportal.business_time import Calendar


def calendar_for(facility: Facility) -> Calendar:
    """Return one facility's calendar, with one query. Raises ValueError for a zone that does not exist."""
    return calendars_for([facility])[facility.id]


def calendars_for(facilities: Iterable[Facility]) -> dict[int, Calendar]:
    """Return the calendars of several facilities by their id, with one query for all.

    Read anew at every call: a closure may be entered at any moment, in any process. A closure counts
    for its facility, with its children if it says so, or for all (domain rules, section 6).
    """
    wanted = list(facilities)
    near = {facility.id for facility in wanted} | {facility.parent_id for facility in wanted if facility.parent_id}
    closures = list(Closure.objects.filter(Q(facility__isnull=True) | Q(facility__in=near)))
    return {
        facility.id: Calendar(
            facility.time_zone,
            [(closure.first_date, closure.last_date) for closure in closures if _closes(closure, facility)],
        )
        for facility in wanted
    }


def _closes(closure: Closure, facility: Facility) -> bool:
    if closure.facility_id is None:
        return True
    inherited = closure.with_children and closure.facility_id == facility.parent_id
    return inherited or closure.facility_id == facility.id
