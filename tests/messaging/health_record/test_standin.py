"""The stand-in refuses what a health record would: every note here was written by hand, none by the portal."""

import base64
import copy
import hashlib
import http.client
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from pytest_django import Settings

from smportal.devstack import ports
from smportal.devstack.fhir.rules import LARGEST
from smportal.devstack.fhir.server import Endpoint
from smportal.devstack.services import responds

TEXT = "From: a veteran\nSent: Nov. 23, 2026, 10:42 a.m. EST\n\n    My knee hurts, señor. 🙂"
UUID = "urn:uuid:0b39aa33-9bd9-4b0e-8f6f-1f3cdd5d1d22"

# Written from the specification (R4 4.0.1, US Core), without the portal's code.
RIGHT: dict[str, Any] = {
    "resourceType": "DocumentReference",
    "masterIdentifier": {"system": "urn:ietf:rfc:3986", "value": UUID},
    "identifier": [{"system": "urn:ietf:rfc:3986", "value": UUID}],
    "status": "current",
    "docStatus": "final",
    "type": {"coding": [{"system": "http://loinc.org", "code": "11506-3", "display": "Progress note"}]},
    "category": [
        {
            "coding": [
                {
                    "system": "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category",
                    "code": "clinical-note",
                }
            ]
        }
    ],
    "subject": {"identifier": {"system": "http://va.gov/mpi", "value": "1012900037V710211"}},
    "date": "2026-03-03T15:00:00Z",
    "author": [{"identifier": {"system": "http://hospital.example/staff", "value": "S1"}, "display": "Nora Nurse"}],
    "description": "Knee",
    "content": [
        {
            "attachment": {
                "contentType": "text/plain; charset=utf-8",
                "data": base64.b64encode(TEXT.encode()).decode(),
                "size": len(TEXT.encode()),
                "hash": base64.b64encode(hashlib.sha1(TEXT.encode(), usedforsecurity=False).digest()).decode(),
                "title": "Knee",
            }
        }
    ],
    "context": {"period": {"start": "2026-03-02T09:00:00-05:00", "end": "2026-03-03T10:00:00-05:00"}},
}


def post(endpoint: Endpoint, url: str, body: bytes | dict[str, Any], **headers: str) -> tuple[int, dict[str, Any], str]:
    """Post a note; return the status, the answer and the new note's address."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 0, timeout=60)
    sent = {"Authorization": f"Bearer {endpoint.token}", "Content-Type": "application/fhir+json"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    connection.request("POST", f"{parts.path}/DocumentReference", content, sent)
    answer = connection.getresponse()
    received = answer.read()
    connection.close()
    return answer.status, json.loads(received) if received else {}, answer.headers.get("Location") or ""


def test_a_right_note_is_taken_and_given_back(record_system: Endpoint, settings: Settings) -> None:
    status, _, location = post(record_system, settings.FHIR_URL, RIGHT)
    assert status == 201
    [(note_id, note)] = record_system.store.notes.items()
    assert location == f"/fhir/DocumentReference/{note_id}/_history/1"
    assert {**RIGHT, "id": note_id, "meta": {"versionId": "1"}} == note


Change = Callable[[dict[str, Any]], Any]


def attachment(note: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = note["content"][0]["attachment"]
    return found


def with_text(note: dict[str, Any], data: bytes) -> None:
    digest = hashlib.sha1(data, usedforsecurity=False).digest()
    attachment(note).update(
        data=base64.b64encode(data).decode(), size=len(data), hash=base64.b64encode(digest).decode()
    )


# What is wrong, how the note gets that way, and what the answer says of it.
WRONG: dict[str, tuple[Change, int, str, str]] = {
    "another resource": (lambda n: n.update(resourceType="Patient"), 422, "structure", "resourceType"),
    "no resource type": (lambda n: n.pop("resourceType"), 422, "structure", "resourceType"),
    "no status": (lambda n: n.pop("status"), 422, "structure", ""),
    "an unknown status": (lambda n: n.update(status="finished"), 422, "value", "status"),
    "superseded before it was there": (lambda n: n.update(status="superseded"), 422, "value", "status"),
    "an unknown document status": (lambda n: n.update(docStatus="done"), 422, "value", "docStatus"),
    "no type": (lambda n: n.pop("type"), 422, "value", "type"),
    "a code with a wrong check digit": (
        lambda n: n["type"]["coding"][0].update(code="11506-4"),
        422,
        "value",
        "type",
    ),
    "a code of another system": (
        lambda n: n["type"]["coding"][0].update(system="http://snomed.info/sct"),
        422,
        "value",
        "type",
    ),
    "no category": (lambda n: n.pop("category"), 422, "value", "category"),
    "no subject": (lambda n: n.pop("subject"), 422, "value", "subject.identifier.system"),
    "a name in the subject's place": (lambda n: n.update(subject="Alex Test"), 422, "structure", ""),
    "a Social Security number": (
        lambda n: n["subject"]["identifier"].update(system="http://hl7.org/fhir/sid/us-ssn"),
        422,
        "value",
        "subject.identifier.system",
    ),
    "a malformed ICN": (
        lambda n: n["subject"]["identifier"].update(value="1012900037"),
        422,
        "value",
        "subject.identifier.value",
    ),
    "somebody unknown": (
        lambda n: n["subject"]["identifier"].update(value="1012900999V710999"),
        422,
        "not-found",
        "subject",
    ),
    "no author": (lambda n: n.pop("author"), 422, "required", "author"),
    "an author without a name": (lambda n: n["author"][0].pop("display"), 422, "value", "author"),
    "no date": (lambda n: n.pop("date"), 422, "required", "date"),
    "a date in words": (lambda n: n.update(date="yesterday"), 422, "structure", ""),
    "a month 13": (lambda n: n.update(date="2026-13-03T15:00:00Z"), 422, "structure", ""),
    "an instant without a zone": (lambda n: n.update(date="2026-03-03T15:00:00"), 422, "structure", ""),
    "a date to come": (lambda n: n.update(date="2199-03-03T15:00:00Z"), 422, "value", "date"),
    "no identifier": (lambda n: n.pop("identifier"), 422, "required", "identifier"),
    "two different identifiers": (
        lambda n: n["masterIdentifier"].update(value="urn:uuid:7c8a5b86-5a4b-4c39-9f0a-8b2cfbb7a601"),
        422,
        "value",
        "masterIdentifier",
    ),
    "an identifier that is no UUID": (
        lambda n: [each.update(value="note-1") for each in (n["masterIdentifier"], n["identifier"][0])],
        422,
        "value",
        "masterIdentifier.value",
    ),
    "no content": (lambda n: n.pop("content"), 422, "structure", ""),
    "an empty content": (lambda n: n.update(content=[]), 422, "structure", "content"),
    "no data": (lambda n: attachment(n).pop("data"), 422, "required", "content.attachment.data"),
    "broken base64": (
        lambda n: attachment(n).update(data=attachment(n)["data"][:-3]),
        422,
        "value",
        "content.attachment.data",
    ),
    "base64 with other characters": (
        lambda n: attachment(n).update(data="%%%%"),
        422,
        "value",
        "content.attachment.data",
    ),
    "bytes that are no text": (lambda n: with_text(n, b"\xff\xfe\x00"), 422, "value", "content.attachment.data"),
    "a wrong size": (lambda n: attachment(n).update(size=5), 422, "value", "content.attachment.size"),
    "a size in quotes": (lambda n: attachment(n).update(size="5"), 422, "structure", ""),
    "the hash of another text": (
        lambda n: attachment(n).update(hash="2jmj7l5rSw0yVb/vlWAYkK/YBwk="),
        422,
        "value",
        "content.attachment.hash",
    ),
    "a web page": (
        lambda n: attachment(n).update(contentType="text/html"),
        422,
        "value",
        "content.attachment.contentType",
    ),
    "no period": (lambda n: n.pop("context"), 422, "required", "context.period"),
    "a period backwards": (
        lambda n: n["context"]["period"].update(end="2026-03-01T10:00:00-05:00"),
        422,
        "invariant",
        "context.period",
    ),
    "a period after the note": (
        lambda n: n["context"]["period"].update(end="2026-03-04T10:00:00-05:00"),
        422,
        "invariant",
        "context.period",
    ),
    "a period of days": (
        lambda n: n["context"]["period"].update(start="2026-03-02", end="2026-03-03"),
        422,
        "value",
        "context.period",
    ),
    "a field that FHIR does not have": (lambda n: n.update(urgency="high"), 422, "structure", ""),
    "an empty text": (lambda n: n.update(description=""), 422, "structure", "description"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_note_is_refused_with_where_it_is_wrong(name: str, record_system: Endpoint, settings: Settings) -> None:
    make_wrong, status, issue, where = WRONG[name]
    record_system.strangers = frozenset({"1012900999V710999"})
    note = copy.deepcopy(RIGHT)
    make_wrong(note)
    answered, outcome, _ = post(record_system, settings.FHIR_URL, note)
    assert answered == status
    assert outcome["resourceType"] == "OperationOutcome"
    [found] = outcome["issue"]
    assert (found["severity"], found["code"]) == ("error", issue)
    assert found["expression"][0].endswith(where or "DocumentReference")
    assert not record_system.store.notes


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b'{"resourceType": "DocumentReference", "status": NaN}', 400),
        (json.dumps(RIGHT).replace("{", '{"status": "superseded", ', 1).encode(), 400),
        (json.dumps(RIGHT, ensure_ascii=False).encode("utf-16"), 400),
        (b"[" * 100_000, 400),
        (b" " * (LARGEST + 1), 413),
    ],
    ids=["cut off", "a list", "not a number", "a name twice", "another encoding", "very deep", "too large"],
)
def test_what_is_no_note_at_all_is_refused(
    body: bytes, status: int, record_system: Endpoint, settings: Settings
) -> None:
    assert post(record_system, settings.FHIR_URL, body)[0] == status
    assert not record_system.store.notes


def test_nobody_files_without_the_token_or_as_another_media_type(record_system: Endpoint, settings: Settings) -> None:
    for credentials in ("", "Bearer ", "Bearer wrong", f"Basic {record_system.token}"):
        assert post(record_system, settings.FHIR_URL, RIGHT, Authorization=credentials)[0] == 401
    assert post(record_system, settings.FHIR_URL, RIGHT, Content_Type="application/json")[0] == 415
    assert not record_system.store.notes


def test_a_conditional_create_takes_a_note_once(record_system: Endpoint, settings: Settings) -> None:
    condition = f"identifier=urn:ietf:rfc:3986|{UUID}"
    first = post(record_system, settings.FHIR_URL, RIGHT, If_None_Exist=condition)
    again = post(record_system, settings.FHIR_URL, {**RIGHT, "description": "Other"}, If_None_Exist=condition)
    assert (first[0], again[0]) == (201, 200)
    assert first[2] == again[2]
    [note] = record_system.store.notes.values()
    assert note["description"] == "Knee"
    # Without a condition it is another note, as the standard has it; then the condition names two.
    assert post(record_system, settings.FHIR_URL, RIGHT)[0] == 201
    assert post(record_system, settings.FHIR_URL, RIGHT, If_None_Exist=condition)[0] == 412
    for wrong in ("identifier=", "status=current", f"{condition}&status=current", UUID):
        assert post(record_system, settings.FHIR_URL, RIGHT, If_None_Exist=wrong)[0] == 400


def test_it_runs_by_itself_keeps_its_notes_and_shows_them(tmp_path: Path, settings: Settings) -> None:
    endpoint = Endpoint(settings.FHIR_TOKEN)
    kept = tmp_path / "kept.jsonl"
    for run in (1, 2):
        port = ports.free_port()
        command = [sys.executable, "-m", "smportal.devstack.fhir", "--port", str(port), "--store", str(kept)]
        with subprocess.Popen(
            command, env={**os.environ, "FHIR_TOKEN": endpoint.token}, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout
            # The line comes when the port is bound.
            assert "stands in" in process.stdout.readline()
            assert responds(f"http://localhost:{port}/")
            note = copy.deepcopy(RIGHT)
            with_text(note, f"<script>run {run}</script>".encode())
            assert post(endpoint, f"http://127.0.0.1:{port}/fhir", note)[0] == 201
            connection = http.client.HTTPConnection("127.0.0.1", port)
            connection.request("GET", "/")
            page = connection.getresponse().read().decode()
            connection.close()
            process.terminate()
            assert process.wait(60) == 0
        assert f"<p>{run} filed" in page
        assert f"&lt;script&gt;run {run}&lt;/script&gt;" in page
        assert "1012900037V710211" in page
