"""The list of clinics, which administrators of a facility keep."""

import uuid

from django.db import IntegrityError, transaction

from eligibility import queries as eligibility_queries
from eligibility.models import Facility
from messaging import text
from messaging.models import Clinic
from smportal.actor import Actor, ActorKind
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import InvalidInput, NotFound


def add_clinic(*, actor: Actor, facility: Facility, code: str, name: str) -> Clinic:
    """Add a clinic. Raises NotFound outside of the actor's scope, InvalidInput naming the field."""
    _check(actor, facility.id)
    clinic = Clinic(facility=facility, code=_code(code), name=_name(name))
    try:
        with transaction.atomic():
            clinic.save(force_insert=True)
            _record(actor, clinic, "added")
    except IntegrityError:
        raise InvalidInput("Another clinic of this facility has this code.", code="code_taken", field="code") from None
    return clinic


@transaction.atomic
def edit_clinic(*, actor: Actor, clinic_id: uuid.UUID, name: str, is_active: bool) -> Clinic:
    """Rename a clinic, close it, or open it again; notes that go there keep it. Raises NotFound, InvalidInput."""
    clinic = Clinic.objects.select_for_update().filter(id=clinic_id).first()
    if clinic is None:
        raise NotFound
    _check(actor, clinic.facility_id)
    clinic.name, clinic.is_active = _name(name), is_active
    clinic.save(update_fields=["name", "is_active"])
    _record(actor, clinic, "changed")
    return clinic


def _check(actor: Actor, facility_id: int) -> None:
    if actor.kind is not ActorKind.STAFF or not actor.second_factor:
        raise NotFound
    if not eligibility_queries.scope_of(actor).covers(facility_id):
        raise NotFound


def _name(name: str) -> str:
    return text.clean_line(name, field="name", label="A name", most=100)


def _code(code: str) -> str:
    cleaned = code.strip()
    # It becomes part of an identifier in the health record.
    if not cleaned.isascii() or not cleaned.isalnum() or len(cleaned) > 40:
        raise InvalidInput("Enter the clinic’s number or code in the health record: letters and digits", field="code")
    return cleaned


def _record(actor: Actor, clinic: Clinic, what: str) -> None:
    record(
        actor=actor,
        deed=Deed.CLINIC_CHANGED,
        object_kind="clinic",
        object_id=clinic.id,
        reason=what,
        details={"facility": clinic.facility_id, "code": clinic.code, "active": clinic.is_active},
    )
