"""Facilities by hand."""

import zoneinfo
from typing import Any

from django.db import transaction

from eligibility.hooks import zone_changed
from eligibility.models import Facility
from eligibility.permissions import check_may_administer
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import InvalidInput, NotFound

EDITABLE = ("name", "state", "phone", "time_zone")


@transaction.atomic
def edit_facility(*, actor: Actor, facility_id: int, **values: Any) -> Facility:
    """Change EDITABLE fields of a facility. A new time zone computes its open deadlines again.

    Raises Refused, NotFound, and InvalidInput for an unknown zone or a field that cannot be changed here.
    """
    check_may_administer(actor, facility_id)
    facility = Facility.objects.select_for_update(no_key=True).filter(id=facility_id).first()
    if facility is None:
        raise NotFound
    _check_values(values)
    changed = {name: value for name, value in values.items() if getattr(facility, name) != value}
    if not changed:
        return facility
    details = {f"old_{name}": getattr(facility, name) for name in changed} | changed
    for name, value in changed.items():
        setattr(facility, name, value)
    facility.save(update_fields=list(changed))
    record(
        actor=actor,
        deed=Deed.FACILITY_CHANGED,
        object_kind="facility",
        object_id=facility.id,
        details={"station": facility.station_number, **details},
    )
    if "time_zone" in changed:
        zone_changed(actor, [facility.id])
    return facility


def _check_values(values: dict[str, Any]) -> None:
    for name in values:
        if name not in EDITABLE:
            raise InvalidInput("This cannot be changed here.", code="not_editable", field=name)
    zone = values.get("time_zone")
    if zone is not None and zone not in zoneinfo.available_timezones():
        raise InvalidInput(
            "Choose a time zone by its IANA name, such as America/Denver.", code="zone", field="time_zone"
        )
