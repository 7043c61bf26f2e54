"""Rows for the sandboxes' people, as the feeds would have brought them."""

import datetime as dt

from accounts.matching import match_name
from accounts.models import VeteranRecord
from smportal import clock
from smportal.crypto.digests import ssn_digest
from smportal.devstack.world.personas import VETERANS, Persona


def persona(key: str) -> Persona:
    """Return one of the demo's people."""
    return next(person for person in VETERANS if person.key == key)


def record_of(person: Persona, **changes: object) -> VeteranRecord:
    """Put a person into the master index; `changes` are other values of columns."""
    return make_record(person.first, person.last, person.born, person.ssn, icn=person.icn, **changes)


def make_record(first: str, last: str, born: str, ssn: str, *, icn: str, **changes: object) -> VeteranRecord:
    """Put somebody into the master index."""
    pepper, digest = ssn_digest(ssn)
    now = clock.now()
    columns = {
        "icn": icn,
        "first_name": first,
        "last_name": last,
        "match_name": match_name(first, last),
        "birth_date": dt.date.fromisoformat(born),
        "ssn_digest": digest,
        "ssn_pepper": pepper,
        "created_at": now,
        "changed_at": now,
    }
    return VeteranRecord.objects.create(**{**columns, **changes})
