"""What anybody may look up: VA's facilities. No actor, since nothing here belongs to anyone."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet

from eligibility.models import Facility
from smportal.public.states import STATES

PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class Wanted:
    """A search; `after` and `before` are the station numbers at which a page begins or ends."""

    text: str = ""
    state: str = ""
    after: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class FacilityRow:
    """One facility as the finder shows it."""

    station_number: str
    name: str
    state: str
    phone: str


@dataclass(frozen=True, slots=True)
class FacilityPage:
    """One page of facilities, and the cursors to its neighbours ("" for none)."""

    rows: list[FacilityRow]
    previous: str
    next: str


def facilities(wanted: Wanted) -> FacilityPage:
    """Return one page in the order of names, read by key so that the last page costs what the first does."""
    matching = _matching(wanted)
    backwards = bool(wanted.before)
    edge = Facility.objects.filter(station_number=wanted.before or wanted.after).first()
    if edge is not None:
        matching = matching.filter(_beyond(edge, backwards=backwards))
    order = ("-name", "-station_number") if backwards else ("name", "station_number")
    found = list(matching.order_by(*order)[: PAGE_SIZE + 1])
    more = len(found) > PAGE_SIZE
    found = found[:PAGE_SIZE]
    if backwards:
        found.reverse()
    has_previous, has_next = (more, edge is not None) if backwards else (edge is not None, more)
    return FacilityPage(
        rows=[_row(facility) for facility in found],
        previous=found[0].station_number if found and has_previous else "",
        next=found[-1].station_number if found and has_next else "",
    )


def _matching(wanted: Wanted) -> QuerySet[Facility]:
    matching = Facility.objects.all()
    for word in wanted.text.split():
        matching = matching.filter(Q(name__icontains=word) | Q(station_number__istartswith=word))
    return matching.filter(state=wanted.state) if wanted.state else matching


def _beyond(edge: Facility, *, backwards: bool) -> Q:
    if backwards:
        return Q(name__lt=edge.name) | Q(name=edge.name, station_number__lt=edge.station_number)
    return Q(name__gt=edge.name) | Q(name=edge.name, station_number__gt=edge.station_number)


def _row(facility: Facility) -> FacilityRow:
    return FacilityRow(
        station_number=facility.station_number,
        name=facility.name,
        state=STATES.get(facility.state, facility.state),
        phone=facility.phone,
    )
