"""Loads one file: the action behind the command, the upload and "try again"."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import BinaryIO

from django.db import IntegrityError, OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected, ExclusionViolation, UniqueViolation

from eligibility.feeds import links
from eligibility.feeds.applying import Applying, Outcome
from eligibility.feeds.dated import ASSOCIATIONS, ENROLLMENT, PARTICIPATION, REGISTRATION, apply_dated
from eligibility.feeds.kinds import KINDS
from eligibility.feeds.masters import apply_care_teams, apply_facilities, apply_veterans
from eligibility.feeds.quarantine import set_aside
from eligibility.feeds.source import CsvSource, GoodRow, SetAside
from eligibility.feeds.staff import apply_staff
from eligibility.feeds.staging import Stage, StagedRow, stage
from eligibility.models import FeedLoad, Role
from smportal import clock
from smportal.actor import Actor, ActorKind
from smportal.audit.actions import Deed
from smportal.audit.recording import record, record_many
from smportal.errors import Conflict, Refused

BATCH = 1_000
# Rows between two looks at what was set aside: COPY holds the connection meanwhile.
_CHUNK = 10_000
_TRIES = 3
LOAD_LOCK = 5_174_201_993
DIFFERS = "another row of this file says something else for the same key"

# What was done, and of how much: bytes read, then rows applied.
Progress = Callable[[str, int], None]
Keep = Callable[[FeedLoad, Sequence[SetAside]], None]

APPLY: dict[str, Applying] = {
    "facilities": apply_facilities,
    "veterans": apply_veterans,
    "enrollment": partial(apply_dated, ENROLLMENT),
    "registration": partial(apply_dated, REGISTRATION),
    "care_teams": apply_care_teams,
    "participation": partial(apply_dated, PARTICIPATION),
    "associations": partial(apply_dated, ASSOCIATIONS),
    "staff": apply_staff,
}


def may_load_feeds(actor: Actor) -> bool:
    """Tell whether the actor may: background work, or a national administrator with a second factor."""
    national = (Role.ADMINISTRATOR.value, None) in actor.roles and actor.second_factor
    return actor.kind is ActorKind.SYSTEM or national


def check_may_load_feeds(actor: Actor) -> None:
    """Raise Refused unless the actor may."""
    if not may_load_feeds(actor):
        raise Refused("Only national administrators can load feeds.", code="not_national_administrator")


def load_feed(
    *,
    actor: Actor,
    kind: str,
    stream: BinaryIO,
    wait: bool = True,
    progress: Progress | None = None,
    batch: int = BATCH,
) -> FeedLoad:
    """Load a file of one kind (a seekable binary stream); return the finished load with its counts.

    Batches commit one by one; loading the file again after it was interrupted finishes it. `wait`
    says whether to wait for another load. Raises FeedRefused when nothing can be read, Refused when
    the actor may not, Conflict when another load runs; then nothing is written.
    """
    check_may_load_feeds(actor)
    tell = progress or _nobody
    digest = hashlib.sha256()

    def seen(piece: bytes) -> None:
        digest.update(piece)
        tell("read", len(piece))

    with one_at_a_time(wait=wait):
        source = CsvSource(KINDS[kind], stream, seen=seen)
        load = FeedLoad.objects.create(kind=kind, started_at=clock.now(), started_by_id=actor.account_id)
        with stage(KINDS[kind]) as staged:
            Loading(actor, load, staged, tell, batch).run(source)
        # The hash of a short master index would give its SSNs away to whoever tries them all.
        load.file_sha256 = "" if kind == "veterans" else digest.hexdigest()
        finish(actor, load)
    return load


def _nobody(step: str, amount: int) -> None:
    """Nobody watches."""


@contextmanager
def one_at_a_time(*, wait: bool) -> Iterator[None]:
    """Hold the lock of all loads. Raises Conflict when somebody else does and `wait` is false."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)" if wait else "SELECT pg_try_advisory_lock(%s)", [LOAD_LOCK])
        if cursor.fetchone() == (False,):
            raise Conflict("Another feed is being loaded. Wait until it is done, then try again.")
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOAD_LOCK])


def finish(actor: Actor, load: FeedLoad) -> None:
    """Close a load and record it."""
    load.finished_at = clock.now()
    counts = {name: getattr(load, name) for name in ("created", "changed", "unchanged", "quarantined")}
    with transaction.atomic():
        load.save()
        record(
            actor=actor,
            deed=Deed.FEED_LOADED,
            object_kind="feed_load",
            object_id=load.id,
            details={"kind": load.kind, "file_sha256": load.file_sha256, **counts},
        )


class Loading:
    """One load under way. `keep` says what becomes of rows that are set aside."""

    def __init__(
        self,
        actor: Actor,
        load: FeedLoad,
        staged: Stage,
        progress: Progress = _nobody,
        batch: int = BATCH,
        keep: Keep = set_aside,
    ) -> None:
        self._actor = actor
        self._load = load
        self._staged = staged
        self._progress = progress
        self._batch = batch
        self._keep = keep

    def run(self, source: Iterable[GoodRow | SetAside]) -> None:
        rows = iter(source)
        while self._fill(rows):
            pass
        self._load.unchanged += self._staged.settle()
        for page in self._staged.differing(size=self._batch):
            self._set_aside([SetAside(row.line, DIFFERS, row.values) for row in page])
        self._order_links()
        self._progress("total", self._staged.total())
        for rows_of_batch in self._staged.batches(size=self._batch):
            self._apply(rows_of_batch)
            self._progress("applied", len(rows_of_batch))

    def _fill(self, rows: Iterator[GoodRow | SetAside]) -> int:
        """Copy one chunk into the table and keep what it set aside; return how many rows it had."""
        aside: list[SetAside] = []
        read = 0

        def good() -> Iterator[GoodRow]:
            nonlocal read
            for row in islice(rows, _CHUNK):
                read += 1
                if isinstance(row, GoodRow):
                    yield row
                else:
                    aside.append(row)

        self._staged.fill(good())
        for place in range(0, len(aside), self._batch):
            self._set_aside(aside[place : place + self._batch])
        return read

    def _set_aside(self, rows: Sequence[SetAside]) -> None:
        with transaction.atomic():
            self._keep(self._load, rows)
            self._load.quarantined += len(rows)
            self._load.save()

    def _order_links(self) -> None:
        if KINDS[self._load.kind].link:
            refused, ranks = links.resolve(self._load.kind, self._staged)
            keys = sorted(refused)
            for place in range(0, len(keys), self._batch):
                rows = self._staged.take_out(keys[place : place + self._batch])
                self._set_aside([SetAside(row.line, refused[key], row.values) for key, row in rows.items()])
            self._staged.put_in_order(ranks.items())

    def _apply(self, rows: Sequence[StagedRow]) -> None:
        for attempt in range(1, _TRIES + 1):
            try:
                outcome = self._apply_once(rows)
            except (IntegrityError, OperationalError) as error:
                # Somebody entered the same fact by hand in this moment, or waited for us as we for them.
                passing = isinstance(error.__cause__, UniqueViolation | ExclusionViolation | DeadlockDetected)
                if attempt == _TRIES or not passing:
                    raise
            else:
                self._load.created += outcome.created
                self._load.changed += outcome.changed
                self._load.unchanged += outcome.unchanged
                self._load.quarantined += len(outcome.refused)
                return

    def _apply_once(self, rows: Sequence[StagedRow]) -> Outcome:
        with transaction.atomic():
            outcome = APPLY[self._load.kind](self._actor, rows)
            record_many(actor=self._actor, events=outcome.events)
            if outcome.refused:
                self._keep(self._load, outcome.refused)
            FeedLoad.objects.filter(pk=self._load.pk).update(
                created=self._load.created + outcome.created,
                changed=self._load.changed + outcome.changed,
                unchanged=self._load.unchanged + outcome.unchanged,
                quarantined=self._load.quarantined + len(outcome.refused),
            )
        return outcome
