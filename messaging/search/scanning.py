"""The scan: conversations newest first, a batch at a time, opened and looked through until a page is full.

A conversation is found when each term is somewhere in it: subject, names, numbers, any of its messages.
What a scan costs is bounded by time, not by the size of what it looks through; where it stopped, the next
one goes on.
"""

import datetime as dt
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db import connection
from django.db.models import BigIntegerField, QuerySet
from django.db.models.functions import Cast, Extract

from messaging.keyset import Cursor, beyond
from messaging.models import Attachment, Conversation, InternalNote, Message, SentInError
from messaging.search.criteria import Span
from messaging.search.folding import fold
from messaging.search.terms import Term, all_in
from smportal.crypto import envelope
from smportal.crypto.bulk import ColumnOpener
from smportal.crypto.fields import context_of
from smportal.crypto.owner import Owner, OwnerKind

ROWS = 25
# What one request spends looking; then the page says how far it came.
SECONDS = 2.5
# A first page is mostly full after few; batches grow, since each costs a statement.
FIRST_BATCH, LARGEST_BATCH = 100, 1_000
# How many messages lie in memory at once: about 20 MB when all are as long as can be.
MESSAGES_AT_ONCE = 1_000


_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
# Instants come as whole microseconds: reading a time zone for each row would cost more than opening its text.
_MICROS = Cast(Extract("last_message_at", "epoch") * 1_000_000, BigIntegerField())


def instant(micros: int) -> dt.datetime:
    """Return the instant that is so many microseconds after the epoch."""
    return _EPOCH + dt.timedelta(microseconds=micros)


class Candidate(NamedTuple):
    """A conversation that passes every filter, with what the scan needs of it."""

    id: uuid.UUID
    record_id: uuid.UUID
    team_id: uuid.UUID
    micros: int
    messages: int
    subject_sealed: bytes
    has_files: bool
    first_name: str = ""
    last_name: str = ""
    # Where the subject was withdrawn from the veteran's view: what it was called, for whoever may see that.
    withdrawal_id: uuid.UUID | None = None
    withdrawn_sealed: bytes = b""


COLUMNS = ("id", "record_id", "team_id", "micros", "message_count", "subject_sealed", "has_attachment")
NAMES = ("record__first_name", "record__last_name")
WITHDRAWN = ("withdrawal_id", "withdrawn_sealed")


class Text(NamedTuple):
    """A message or a note that belongs to a conversation, still sealed."""

    micros: int
    id: uuid.UUID
    author: str
    number: int | None
    sealed: bytes
    is_note: bool


class File(NamedTuple):
    """A file that came with a message, its name still sealed."""

    message_id: uuid.UUID
    id: uuid.UUID
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Look:
    """What to look through, and for what.

    `scopes` are disjoint and start from the actor's own; `name_of` gives a candidate's names that are not
    sealed; `columns` are COLUMNS, with NAMES where a veteran's name counts and WITHDRAWN where withdrawn subjects do.
    """

    scopes: Sequence[QuerySet[Conversation]]
    terms: Sequence[Term]
    span: Span
    name_of: Callable[[Candidate], Sequence[str]]
    columns: tuple[str, ...] = COLUMNS
    # What only staff may see: notes, and messages that were withdrawn from the veteran's view.
    with_notes: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A conversation that was found, with its texts of the chosen days, the newest first."""

    row: Candidate
    texts: Sequence[Text]
    files: Sequence[File] = ()


@dataclass(slots=True)
class Scan:
    """What a scan found. `after` is where the next one goes on, None when all has been looked through."""

    hits: list[Hit] = field(default_factory=list)
    after: Cursor | None = None
    is_full: bool = False


class Openers:
    """Opens the sealed columns that are searched; for one request."""

    def __init__(self) -> None:
        self._subjects = ColumnOpener(context_of(Conversation, "subject_sealed"))
        self._withdrawn = ColumnOpener(context_of(SentInError, "subject_sealed"))
        self._bodies = ColumnOpener(context_of(Message, "body_sealed"))
        self._notes = ColumnOpener(context_of(InternalNote, "body_sealed"))
        self._files = ColumnOpener(context_of(Attachment, "name_sealed"))
        self._owner = Owner(OwnerKind.VETERAN, uuid.UUID(int=0))

    def subject(self, row: Candidate) -> str:
        """Return a conversation's subject: for staff the one it had, not what stands there since it was withdrawn."""
        if row.withdrawal_id is not None:
            return self._withdrawn.open(self._owner_of(row), row.withdrawal_id, row.withdrawn_sealed).decode()
        return self._subjects.open(self._owner_of(row), row.id, row.subject_sealed).decode()

    def text(self, row: Candidate, text: Text) -> str:
        """Return the body of a message or note of the conversation."""
        opener = self._notes if text.is_note else self._bodies
        return opener.open(self._owner_of(row), text.id, text.sealed).decode()

    def file_name(self, row: Candidate, file: File) -> str:
        """Return the name of a file of the conversation."""
        return self._files.open(self._owner_of(row), file.id, file.sealed).decode()

    def _owner_of(self, row: Candidate) -> Owner:
        # Rows of one veteran come one after the other: the same object serves them all.
        if row.record_id != self._owner.id:
            self._owner = Owner(OwnerKind.VETERAN, row.record_id)
        return self._owner


def scan(look: Look, openers: Openers, cursor: Cursor | None, *, seconds: float | None = None) -> Scan:
    """Look from the cursor on until a page is full, the time is up (one step at least), or all is looked through."""
    found = Scan()
    if not look.scopes:
        return found
    until = time.monotonic() + (SECONDS if seconds is None else seconds)
    size = FIRST_BATCH if look.terms else ROWS + 1
    while True:
        batch = _batch(look, cursor, size)
        is_last = len(batch) < size
        for group in _groups(batch, whole=not look.terms):
            texts, files = (_texts(group, look), _files(group, look)) if look.terms else ({}, {})
            for place, row in enumerate(group, 1):
                hit = _hit(row, texts.get(place, ()), files.get(place, ()))
                if look.terms and not all_in(look.terms, _folded(hit, look, openers)):
                    continue
                found.hits.append(hit)
                if len(found.hits) == ROWS:
                    return _stopped(found, row, is_full=True, ended=is_last and row is batch[-1])
            if time.monotonic() >= until:
                return _stopped(found, group[-1], is_full=False, ended=is_last and group[-1] is batch[-1])
        if is_last:
            return found
        cursor = Cursor(instant(batch[-1].micros), batch[-1].id)
        size = min(2 * size, LARGEST_BATCH)


def _stopped(found: Scan, row: Candidate, *, is_full: bool, ended: bool) -> Scan:
    if not ended:
        found.after, found.is_full = Cursor(instant(row.micros), row.id), is_full
    return found


def _batch(look: Look, cursor: Cursor | None, size: int) -> list[Candidate]:
    order = ("-last_message_at", "-id")
    past = beyond(cursor, "last_message_at", descending=True)
    slices = [
        scope.filter(past).annotate(micros=_MICROS).order_by(*order).values_list(*look.columns)[:size]
        for scope in look.scopes
    ]
    merged = ("-micros", "-id")
    rows = slices[0] if len(slices) == 1 else slices[0].union(*slices[1:], all=True).order_by(*merged)[:size]
    return [Candidate(*row) for row in rows]


def _groups(batch: Sequence[Candidate], *, whole: bool) -> Iterator[Sequence[Candidate]]:
    """Cut a batch so that each part holds few enough messages; a conversation stays in one piece."""
    first = count = 0
    for place, row in enumerate(batch):
        if count and count + row.messages > MESSAGES_AT_ONCE and not whole:
            yield batch[first:place]
            first, count = place, 0
        count += row.messages
    if batch:
        yield batch[first:]


# Conversations are named by their place in the list of ids: an id for each of 20,000 texts would take longer than opening it.
_TEXTS = """
SELECT g.place, (extract(epoch FROM sent_at) * 1000000)::bigint, messaging_message.id, author_name, number, body_sealed, false
FROM unnest(%(ids)s::uuid[]) WITH ORDINALITY AS g(id, place)
JOIN messaging_message ON conversation_id = g.id
WHERE sent_at >= coalesce(%(start)s, '-infinity'::timestamptz) AND sent_at < coalesce(%(end)s, 'infinity'::timestamptz)
"""
# A veteran's search knows nothing of what was withdrawn as sent in error.
_STANDING = "AND NOT EXISTS (SELECT FROM messaging_sentinerror e WHERE e.message_id = messaging_message.id)"
_NOTES = """
UNION ALL SELECT g.place, (extract(epoch FROM n.created_at) * 1000000)::bigint, n.id, s.name, NULL, n.body_sealed, true
FROM unnest(%(ids)s::uuid[]) WITH ORDINALITY AS g(id, place)
JOIN messaging_internalnote n ON n.conversation_id = g.id JOIN eligibility_staffmember s ON s.id = n.author_staff_id
WHERE n.created_at >= coalesce(%(start)s, '-infinity'::timestamptz)
AND n.created_at < coalesce(%(end)s, 'infinity'::timestamptz)
"""


def _ids(group: Iterable[Candidate]) -> str:
    # As one text: the adapter would look at each id by itself.
    return f"{{{','.join([str(row.id) for row in group])}}}"


def _texts(group: Sequence[Candidate], look: Look) -> dict[int, list[Text]]:
    """Return the texts of the group's conversations by place (from 1), the newest first; their data keys are at hand."""
    # A conversation's texts are under the same key as its subject.
    envelope.warm({row.subject_sealed[1:17]: row.subject_sealed for row in group}.values())
    found: dict[int, list[Text]] = defaultdict(list)
    values = {"ids": _ids(group), "start": look.span.start, "end": look.span.end}
    with connection.cursor() as cursor:
        cursor.execute(_TEXTS + (_NOTES if look.with_notes else _STANDING), values)
        for place, *rest in cursor.fetchall():
            found[place].append(Text(*rest))
    for texts in found.values():
        if len(texts) > 1:
            texts.sort(reverse=True)
    return found


_FILES = """
SELECT g.place, message_id, messaging_attachment.id, name_sealed
FROM unnest(%s::uuid[], %s::int[]) AS g(id, place)
JOIN messaging_attachment ON conversation_id = g.id
WHERE message_id IS NOT NULL
"""


def _files(group: Sequence[Candidate], look: Look) -> dict[int, list[File]]:
    """Return the files of the group's conversations by place (from 1); no query when no conversation of a veteran's has any.

    The mark says what the veteran can see: staff also find files that came with what was withdrawn.
    """
    found: dict[int, list[File]] = defaultdict(list)
    with_files = {place: row for place, row in enumerate(group, 1) if row.has_files or look.with_notes}
    if not with_files:
        return found
    with connection.cursor() as cursor:
        cursor.execute(_FILES, [_ids(with_files.values()), list(with_files)])
        for place, *rest in cursor.fetchall():
            found[place].append(File(*rest))
    return found


def _hit(row: Candidate, texts: Sequence[Text], files: Sequence[File]) -> Hit:
    """Put together what was fetched of a conversation; a file counts with its message, on that message's day."""
    if files:
        messages = {text.id for text in texts}
        files = [file for file in files if file.message_id in messages]
    return Hit(row, texts, files)


def _folded(hit: Hit, look: Look, openers: Openers) -> Iterator[str]:
    """Yield what the terms are looked for in, the cheapest first; a body is opened only when it is asked for."""
    row = hit.row
    yield fold(openers.subject(row))
    yield from map(fold, look.name_of(row))
    for file in hit.files:
        yield fold(openers.file_name(row, file))
    for text in hit.texts:
        if text.number is not None:
            yield str(text.number)
        if text.author:
            yield fold(text.author)
        yield fold(openers.text(row, text))
