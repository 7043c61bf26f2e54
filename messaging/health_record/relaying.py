"""The relay: what is owed to the health record is filed once, however often relays die or run twice.

A relay claims a note by moving its `next_attempt_at` a lease ahead, in a transaction of its own, and sends
outside of any. When it dies the lease runs out, and another sends the same document id again: the adapter's
promise (messaging.health_record.service) is that this files nothing twice.
"""

import datetime as dt
import logging
import time
import uuid
from collections import Counter
from dataclasses import dataclass
from typing import Final

from django.db import transaction

from accounts.models import VeteranRecord
from eligibility import queries as eligibility_queries
from messaging.backoff import pause
from messaging.health_record.service import Answer, Document, HealthRecord, Verdict, health_record
from messaging.leasing import claim, still_ours
from messaging.models import NoteState, NotificationKind, RecordNote, SentInError
from messaging.notifications.actions import notify
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record

# Longer than a task may take: two relays are never at one note.
LEASE: Final = dt.timedelta(minutes=2)
GIVE_UP_AFTER: Final = dt.timedelta(hours=48)
RUN_SECONDS: Final = 15

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RelayResult:
    """How many notes met which end in one run; `retried` are owed still."""

    filed: int = 0
    retried: int = 0
    failed: int = 0


def relay(*, actor: Actor, limit: int = 50) -> RelayResult:
    """File what is owed now, up to `limit` notes or about 15 seconds; return what became of them.

    Ends early when the record system is away, so that the others keep their place. May run any number of times at once.
    """
    counts: Counter[str] = Counter()
    ends = time.monotonic() + RUN_SECONDS
    claimed = _claim()
    if claimed is None:
        # Mostly: nothing is imported or opened for it.
        return RelayResult()
    with health_record() as service:
        while claimed is not None:
            outcome, goes_on = _file(actor, service, *claimed)
            counts[outcome] += 1
            limit -= 1
            claimed = _claim() if goes_on and limit > 0 and time.monotonic() < ends else None
    return RelayResult(**counts)


@transaction.atomic
def _claim() -> tuple[RecordNote, bool] | None:
    """Return one owed note that no other relay holds, and whether the record may have had it before this attempt."""
    around = ("conversation__team__facility", "clinic__facility", "author_staff")
    note = claim(RecordNote.objects.select_related(*around).filter(state=NoteState.WAITING), LEASE)
    if note is None:
        return None
    before, note.may_be_there = note.may_be_there, True
    # Taken for sent before the attempt, as it is counted before.
    note.save(update_fields=["may_be_there"])
    return note, before


def _file(actor: Actor, service: HealthRecord, note: RecordNote, before: bool) -> tuple[str, bool]:
    """Return the outcome's name, and whether the record system would take another note."""
    if SentInError.objects.filter(message_id__in=note.message_ids).exists():
        # Withdrawn since the note was written: it may be about somebody else.
        answer = Answer(Verdict.REFUSED, "withdrawn")
    else:
        answer = service.file(document_of(note))
    note.may_be_there = before or answer.may_be_there
    if answer.verdict is Verdict.FILED:
        _filed(actor, note, answer)
        return "filed", True
    level = logging.ERROR if answer.verdict is Verdict.OURSELVES_REFUSED else logging.WARNING
    if answer.verdict is Verdict.REFUSED or clock.now() >= note.owed_since + GIVE_UP_AFTER:
        _failed(actor, note, answer)
        _report(logging.ERROR, "a note was not filed", note, answer)
        return "failed", answer.verdict in {Verdict.REFUSED, Verdict.LATER}
    _try_later(note, answer)
    _report(level, "a note could not be filed yet", note, answer)
    return "retried", answer.verdict is Verdict.LATER


def document_of(note: RecordNote) -> Document:
    """Return the note as it is filed now: for the record that survives the merges so far."""
    survivor = eligibility_queries.record_family(note.record_id)[0]
    clinic = note.clinic
    return Document(
        document_id=note.document_id,
        veteran_icn=VeteranRecord.objects.values_list("icn", flat=True).get(id=survivor),
        title=note.unseal_text("title_sealed"),
        text=note.unseal_text("text_sealed"),
        station_number=clinic.facility.station_number,
        facility_name=clinic.facility.name,
        clinic_code=clinic.code,
        clinic_name=clinic.name,
        author_id=note.author_staff.staff_id,
        author_name=note.author_name,
        author_title=note.author_title,
        written_at=note.written_at,
        first_sent_at=note.first_sent_at,
        last_sent_at=note.last_sent_at,
    )


@transaction.atomic
def _filed(actor: Actor, note: RecordNote, answer: Answer) -> None:
    """Write that it is there, even if the lease ran out meanwhile: what was filed was filed."""
    owed = RecordNote.objects.filter(
        id=note.id, document_id=note.document_id, state__in=(NoteState.WAITING, NoteState.FAILED)
    )
    if owed.update(
        state=NoteState.FILED,
        filed_at=clock.now(),
        external_id=answer.external_id,
        may_be_there=True,
        last_error="",
    ):
        _record(actor, Deed.RECORD_NOTE_FILED, note, answer.external_id)


@transaction.atomic
def _failed(actor: Actor, note: RecordNote, answer: Answer) -> None:
    if still_ours(note).update(state=NoteState.FAILED, last_error=answer.code, may_be_there=note.may_be_there):
        _record(actor, Deed.RECORD_NOTE_FAILED, note, answer.code)
        notify(
            kind=NotificationKind.RECORD_NOTE,
            recipient_ids=_people_to_tell(note),
            # Once for each time that it is owed: one that is tried again may fail again.
            cause_id=uuid.uuid5(note.id, note.owed_since.isoformat()),
            conversation_id=note.conversation_id,
        )


def _people_to_tell(note: RecordNote) -> list[uuid.UUID]:
    """Return the account of who sent it; of the team's leads, or else its members, where that person has left."""
    members = eligibility_queries.members_of(note.conversation.team_id)
    author = [person for person in members if person.staff_id == note.author_staff_id]
    leads = [person for person in members if person.is_lead]
    for rung in (author, leads, members):
        accounts = [person.account_id for person in rung if person.account_id is not None]
        if accounts:
            return accounts
    return []


def _try_later(note: RecordNote, answer: Answer) -> None:
    later = clock.now() + max(pause(note.attempts), answer.wait)
    still_ours(note).update(next_attempt_at=later, last_error=answer.code, may_be_there=note.may_be_there)


def _record(actor: Actor, deed: Deed, note: RecordNote, reason: str) -> None:
    record(
        actor=actor,
        deed=deed,
        subject_id=note.record_id,
        object_kind="record_note",
        object_id=note.id,
        reason=reason,
        details={
            "conversation": str(note.conversation_id),
            "document": str(note.document_id),
            "attempts": note.attempts,
        },
    )


def _report(level: int, message: str, note: RecordNote, answer: Answer) -> None:
    extra = {"event": "record_note", "object_id": str(note.id), "attempt": note.attempts, "reason": answer.code}
    _log.log(level, message, extra=extra)
