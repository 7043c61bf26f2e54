"""What makes a note one that a health record takes: the model library first, then the rules of a profile.

Written apart from messaging.health_record, from the specification, so that a mistake there is not repeated here:
R4's rules that no model holds (nothing empty, codes from their lists, invariants of attachments), and those of US
Core's DocumentReference, with the veteran named by ICN.
"""

import base64
import binascii
import hashlib
import json
import re
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from fhirclient.models.documentreference import DocumentReference

LARGEST: Final = 2 * 1024 * 1024
LOINC: Final = "http://loinc.org"
CATEGORY: Final = ("http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category", "clinical-note")
ICN_SYSTEM: Final = "http://va.gov/mpi"
SKEW_SECONDS: Final = 300
_ICN: Final = re.compile(r"\d{10}V\d{6}")
_LOINC: Final = re.compile(r"\d{1,7}-\d")
_MEDIA_TYPE: Final = re.compile(r"text/plain; ?charset=utf-8", re.IGNORECASE)
_DOC_STATUS: Final = ("preliminary", "final", "amended", "entered-in-error")


@dataclass
class Refused(Exception):
    """Why a note is not taken: an HTTP status, a code of FHIR's issue types, and where."""

    status: int
    issue: str
    where: str


def check(body: bytes, *, strangers: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return the resource. `strangers` are ICNs of people whom this record does not know. Raises Refused."""
    resource = _parsed(body)
    if resource.get("resourceType") != "DocumentReference":
        raise Refused(422, "structure", "resourceType")
    for where in _empty(resource, "DocumentReference"):
        raise Refused(422, "structure", where)
    try:
        DocumentReference(resource)
    except Exception:  # noqa: BLE001 - the library raises plain ones for some faults
        raise Refused(422, "structure", "DocumentReference") from None
    _check_codes(resource)
    _check_people(resource, strangers)
    _check_identifiers(resource)
    _check_content(resource)
    _check_times(resource)
    return resource


def _parsed(body: bytes) -> dict[str, Any]:
    if len(body) > LARGEST:
        raise Refused(413, "too-long", "body")
    try:
        resource = json.loads(body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Refused(400, "structure", "body") from None
    if not isinstance(resource, dict):
        raise Refused(400, "structure", "body")
    return resource


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is there twice")
    return found


def _no_constant(_name: str) -> None:
    raise ValueError("not a number of JSON")


def _empty(value: Any, where: str) -> Iterator[str]:
    """Yield where something is empty: FHIR has none of it."""
    if value in ("", [], {}, None):
        yield where
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from _empty(part, f"{where}.{name}")
    elif isinstance(value, list):
        for part in value:
            yield from _empty(part, where)


def _need(holds: bool, where: str, issue: str = "value") -> None:
    if not holds:
        raise Refused(422, issue, f"DocumentReference.{where}")


def _check_codes(resource: dict[str, Any]) -> None:
    _need(resource["status"] == "current", "status")
    _need(resource.get("docStatus", "final") in _DOC_STATUS, "docStatus")
    codings = resource.get("type", {}).get("coding", [])
    _need(any(coding.get("system") == LOINC and _is_loinc(coding.get("code", "")) for coding in codings), "type")
    categories = [coding for concept in resource.get("category", []) for coding in concept.get("coding", [])]
    _need(any((coding.get("system"), coding.get("code")) == CATEGORY for coding in categories), "category")


def _is_loinc(code: str) -> bool:
    """Tell whether a code is one, by its check digit (Luhn's)."""
    if not _LOINC.fullmatch(code):
        return False
    digits, _, last = code.partition("-")
    doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits))]
    return (sum(sum(divmod(value, 10)) for value in doubled) + int(last)) % 10 == 0


def _check_people(resource: dict[str, Any], strangers: frozenset[str]) -> None:
    subject = resource.get("subject", {})
    icn = subject.get("identifier", {})
    _need(subject.get("type", "Patient") == "Patient", "subject.type")
    _need(icn.get("system") == ICN_SYSTEM, "subject.identifier.system")
    _need(bool(_ICN.fullmatch(icn.get("value", ""))), "subject.identifier.value")
    _need(icn["value"] not in strangers, "subject", "not-found")
    authors = resource.get("author", [])
    _need(bool(authors), "author", "required")
    _need(all("identifier" in author and author.get("display") for author in authors), "author")


def _check_identifiers(resource: dict[str, Any]) -> None:
    identifiers = resource.get("identifier", [])
    _need(bool(identifiers), "identifier", "required")
    _need(all("system" in each and "value" in each for each in identifiers), "identifier")
    _need(resource.get("masterIdentifier") in identifiers, "masterIdentifier")
    value = resource["masterIdentifier"]["value"]
    try:
        _need(uuid.UUID(value).urn == value, "masterIdentifier.value")
    except ValueError:
        raise Refused(422, "value", "DocumentReference.masterIdentifier.value") from None


def _check_content(resource: dict[str, Any]) -> None:
    for part in resource["content"]:
        attachment = part["attachment"]
        _need(bool(_MEDIA_TYPE.fullmatch(attachment.get("contentType", ""))), "content.attachment.contentType")
        _need("data" in attachment, "content.attachment.data", "required")
        try:
            data = base64.b64decode(attachment["data"], validate=True)
            data.decode("utf-8")
        except (binascii.Error, ValueError):
            raise Refused(422, "value", "DocumentReference.content.attachment.data") from None
        _need(attachment.get("size") == len(data), "content.attachment.size")
        digest = hashlib.sha1(data, usedforsecurity=False).digest()
        _need(attachment.get("hash") == base64.b64encode(digest).decode(), "content.attachment.hash")


def _check_times(resource: dict[str, Any]) -> None:
    _need("date" in resource, "date", "required")
    # Its form is the model's: an instant.
    written = datetime.fromisoformat(resource["date"])
    _need(written.timestamp() < time.time() + SKEW_SECONDS, "date")
    period = resource.get("context", {}).get("period", {})
    _need({"start", "end"} <= set(period), "context.period", "required")
    try:
        start, end = datetime.fromisoformat(period["start"]), datetime.fromisoformat(period["end"])
        _need(start <= end <= written, "context.period", "invariant")
    except (TypeError, ValueError):
        # A date alone, or one without a zone, says less than a note must.
        raise Refused(422, "value", "DocumentReference.context.period") from None
