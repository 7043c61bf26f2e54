"""A note as FHIR R4 `DocumentReference`, built and checked by the model library (ADR 0032).

Imported where notes are sent, never by pages: the library takes most of a second to load.
"""

import base64
import datetime as dt
import hashlib
from typing import Any, Final

from django.conf import settings
from fhirclient.models.documentreference import DocumentReference
from fhirclient.models.fhirabstractbase import FHIRValidationError

from messaging.health_record.service import Document

# Everything that the portal files is a progress note: it documents care that was given in writing.
TYPE: Final = ("http://loinc.org", "11506-3", "Progress note")
CATEGORY: Final = (
    "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category",
    "clinical-note",
    "Clinical Note",
)
# How VA's own FHIR services name a veteran, a facility ("vha_663") and a clinic ("vha_663_3049").
ICN: Final = "http://va.gov/mpi"
_NAMING: Final = "https://api.va.gov/services/fhir/v0/r4/NamingSystem"
FACILITY: Final = f"{_NAMING}/va-facility-identifier"
CLINIC: Final = f"{_NAMING}/va-clinic-identifier"
URI: Final = "urn:ietf:rfc:3986"


class NotAResource(Exception):
    """What we made is not valid FHIR. Carries no text of the note."""


def as_fhir(document: Document) -> dict[str, Any]:
    """Return the resource as JSON data. Raises NotAResource."""
    content = document.text.encode()
    facility = f"vha_{document.station_number}"
    identifier = {"system": URI, "value": document.document_id.urn}
    data = {
        "resourceType": "DocumentReference",
        "masterIdentifier": identifier,
        # Again: some servers search only these.
        "identifier": [identifier],
        "status": "current",
        "docStatus": "final",
        "type": _concept(*TYPE),
        "category": [_concept(*CATEGORY)],
        "subject": _who("Patient", ICN, document.veteran_icn),
        "date": _instant(document.written_at),
        "author": [_who("Practitioner", f"{settings.SITE_URL}/staff-id", document.author_id, _author(document))],
        "custodian": _who("Organization", FACILITY, facility, document.facility_name),
        "description": document.title,
        "content": [
            {
                "attachment": {
                    "contentType": "text/plain; charset=utf-8",
                    "language": "en-US",
                    "data": base64.b64encode(content).decode(),
                    "size": len(content),
                    # FHIR R4 has it be SHA-1: a check against damage, not against forgery.
                    "hash": base64.b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode(),
                    "title": document.title,
                    "creation": _instant(document.written_at),
                }
            }
        ],
        "context": {
            "period": {"start": _instant(document.first_sent_at), "end": _instant(document.last_sent_at)},
            "related": [_who("Location", CLINIC, f"{facility}_{document.clinic_code}", document.clinic_name)],
        },
    }
    try:
        checked: dict[str, Any] = DocumentReference(data).as_json()
    except FHIRValidationError:
        # Its text quotes what is wrong with which value.
        raise NotAResource from None
    return checked


def _author(document: Document) -> str:
    return ", ".join(part for part in (document.author_name, document.author_title) if part)


def _concept(system: str, code: str, display: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def _who(kind: str, system: str, value: str, display: str = "") -> dict[str, Any]:
    """Return a logical reference: by what the systems know it by, not by an id of the server."""
    named = {"display": display} if display else {}
    return {"type": kind, "identifier": {"system": system, "value": value}, **named}


def _instant(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
