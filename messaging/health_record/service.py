"""The adapter interface: what a note is to the health record, and what its answer means.

`health_record()` returns the adapter that the setting HEALTH_RECORD_ADAPTER names. Another record system is one
class with `file` and `close`.
"""

import datetime as dt
import enum
import uuid
from dataclasses import dataclass
from typing import Protocol, Self, cast

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True, repr=False)
class Document:
    """A note as it is filed. It has no repr: its content must not reach a log or an error page."""

    # What makes two attempts one note: the record system must know it again by this.
    document_id: uuid.UUID
    veteran_icn: str
    title: str
    text: str
    station_number: str
    facility_name: str
    clinic_code: str
    clinic_name: str
    author_id: str
    author_name: str
    author_title: str
    written_at: dt.datetime
    # When the first and the last of its messages were sent.
    first_sent_at: dt.datetime
    last_sent_at: dt.datetime


class Verdict(enum.Enum):
    """What became of an attempt."""

    FILED = "the record has it"
    REFUSED = "the record will never take it as it is"
    LATER = "the record could not take this one now"
    AWAY = "there is no working record system: the next note would fare no better"
    OURSELVES_REFUSED = "the record refuses us, not the note: our set-up is wrong"


@dataclass(frozen=True, slots=True)
class Answer:
    """The verdict, with a short code of ours: never the other side's own text, which may quote the note."""

    verdict: Verdict
    code: str = ""
    external_id: str = ""
    # Whether the record may have the note all the same: it was sent, and no clear answer came.
    may_be_there: bool = False
    # How long the record asked us to wait, at least.
    wait: dt.timedelta = dt.timedelta()


class HealthRecord(Protocol):
    """A record system. Filing the same document again must not file it twice."""

    def file(self, document: Document) -> Answer:
        """Try once, within some 20 seconds."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


def health_record() -> HealthRecord:
    """Return the configured adapter."""
    return cast("HealthRecord", import_string(settings.HEALTH_RECORD_ADAPTER)())
