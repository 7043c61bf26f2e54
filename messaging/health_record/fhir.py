"""The default adapter: FHIR R4 over HTTP, as a conditional create (ADR 0032).

`If-None-Exist` names the note's own identifier, so a server that has it already answers 200 and stores nothing:
an answer that we missed costs nothing but another request.
"""

import datetime as dt
import json
import re
import time
from typing import Any, Final, Self

import requests
from django.conf import settings
from urllib3.exceptions import MaxRetryError, NewConnectionError

from messaging.health_record.service import Answer, Document, Verdict

CONNECT_SECONDS: Final = 3
READ_SECONDS: Final = 10
# For a server that answers a byte at a time.
ANSWER_SECONDS: Final = 15
ANSWER_MOST: Final = 64 * 1024
LONGEST_WAIT: Final = 2 * 60 * 60
JSON: Final = "application/fhir+json"

# They speak of our credentials or our address, not of the note.
_OURSELVES: Final = frozenset({401, 403, 404, 405, 406, 407, 415})
_BUSY: Final = frozenset({429, 502, 503, 504})
_LATER: Final = frozenset({408, 425})
_CONFLICT: Final = frozenset({409, 412})
_LOCATION: Final = re.compile(r"(?:^|/)DocumentReference/([A-Za-z0-9.\-]{1,64})(?:/_history/[A-Za-z0-9.\-]{1,64})?/?$")
_ISSUE: Final = re.compile(r"[a-z][a-z-]{1,30}")


class FhirRecord:
    """A FHIR server at FHIR_URL, with the bearer token FHIR_TOKEN."""

    def __init__(self) -> None:
        self._session = requests.Session()
        # Nothing from the environment: no proxy, no .netrc, no other certificates than the settings name.
        self._session.trust_env = False
        self._session.verify = settings.FHIR_CA_FILE or True
        self._session.headers.update(
            {
                "Authorization": f"Bearer {settings.FHIR_TOKEN}",
                "Accept": JSON,
                "Accept-Encoding": "identity",
                "Content-Type": JSON,
                "Prefer": "return=minimal",
                "User-Agent": "secure-messaging-portal",
            }
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._session.close()

    def file(self, document: Document) -> Answer:
        """Post the note once. Redirects are not followed: they would carry it elsewhere."""
        # Here and not above: pages must not load the library.
        from messaging.health_record.resource import URI, NotAResource, as_fhir

        try:
            body = json.dumps(as_fhir(document)).encode()
        except NotAResource:
            return Answer(Verdict.REFUSED, "not_a_resource")
        try:
            with self._session.post(
                f"{settings.FHIR_URL}/DocumentReference",
                data=body,
                headers={"If-None-Exist": f"identifier={URI}|{document.document_id.urn}"},
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
            ) as response:
                return _answer(response, _content(response))
        except requests.RequestException as error:
            return _no_answer(error)


def _content(response: requests.Response) -> Any:
    """Return the answer's JSON, or nothing where it is none, too long or too slow: it only explains."""
    until, received = time.monotonic() + ANSWER_SECONDS, b""
    try:
        for piece in response.iter_content(8192):
            received += piece
            if len(received) > ANSWER_MOST or time.monotonic() > until:
                return None
        return json.loads(received)
    except (requests.RequestException, ValueError, RecursionError):
        return None


def _answer(response: requests.Response, content: Any) -> Answer:
    status, code = response.status_code, _code(response.status_code, content)
    match status:
        case 200 | 201:
            external_id = _id(response.headers.get("Location", ""), content)
            if external_id:
                return Answer(Verdict.FILED, external_id=external_id)
            # Any server on the way can say 200; the record says which document it has.
            return Answer(Verdict.LATER, f"{status} without an id", may_be_there=True)
        case _ if status in _OURSELVES or 300 <= status < 400:
            return Answer(Verdict.OURSELVES_REFUSED, code)
        case _ if status in _BUSY:
            return Answer(Verdict.AWAY, code, may_be_there=status != 429, wait=_wait(response))
        case _ if 400 <= status < 500 and status not in _LATER:
            # Of a conflict it may well have one, or several.
            return Answer(Verdict.REFUSED, code, may_be_there=status in _CONFLICT)
        case _:
            return Answer(Verdict.LATER, code, may_be_there=True)


def _code(status: int, content: Any) -> str:
    """Return the status with the first issue's code, one word of a list that FHIR fixes."""
    issues = content.get("issue") if isinstance(content, dict) else None
    first = issues[0] if isinstance(issues, list) and issues else None
    issue = first.get("code") if isinstance(first, dict) else None
    return f"{status} {issue}" if isinstance(issue, str) and _ISSUE.fullmatch(issue) else str(status)


def _id(location: str, content: Any) -> str:
    if found := _LOCATION.search(location):
        return found[1]
    if isinstance(content, dict) and content.get("resourceType") == "DocumentReference":
        found = _LOCATION.search(f"DocumentReference/{content.get('id')}")
        return found[1] if found else ""
    return ""


def _wait(response: requests.Response) -> dt.timedelta:
    asked = response.headers.get("Retry-After", "")
    seconds = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 0
    return dt.timedelta(seconds=min(seconds, LONGEST_WAIT))


def _no_answer(error: requests.RequestException) -> Answer:
    """Judge a request without an answer: whether anything can have got there."""
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return Answer(Verdict.AWAY, "connect_timeout")
    cause = error.args[0] if error.args else None
    if isinstance(error, requests.exceptions.SSLError):
        return Answer(Verdict.OURSELVES_REFUSED, "tls", may_be_there=not isinstance(cause, MaxRetryError))
    if isinstance(error, requests.exceptions.Timeout):
        return Answer(Verdict.AWAY, "timeout", may_be_there=True)
    if isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError):
        return Answer(Verdict.AWAY, "connection_refused")
    return Answer(Verdict.AWAY, "connection_lost", may_be_there=True)
