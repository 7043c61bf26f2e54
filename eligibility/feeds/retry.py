"""Trying rows again that were set aside: what they named may be there by now."""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from eligibility.feeds import values as read
from eligibility.feeds.errors import BadRow
from eligibility.feeds.kinds import KINDS, Kind
from eligibility.feeds.loading import Loading, check_may_load_feeds, finish, one_at_a_time
from eligibility.feeds.source import GoodRow, SetAside
from eligibility.feeds.staging import stage
from eligibility.models import FeedLoad, QuarantinedRow
from smportal import clock
from smportal.actor import Actor


@dataclass(frozen=True, slots=True)
class Retried:
    """How many rows are loaded now, still wait, and cannot be tried since nothing of them was kept."""

    loaded: int = 0
    waiting: int = 0
    lost: int = 0


def retry_rows(*, actor: Actor, row_ids: Collection[UUID]) -> Retried:
    """Load these rows as if they came in a file of their own; each kind is a load in the list.

    Raises Refused when the actor may not, Conflict while a feed is being loaded.
    """
    check_may_load_feeds(actor)
    with one_at_a_time(wait=False):
        waiting = QuarantinedRow.objects.filter(id__in=row_ids, resolved_at__isnull=True).select_related("load")
        rows = list(waiting.order_by("load__started_at", "line", "id"))
        kept = [row for row in rows if row.row_sealed is not None]
        loaded = 0
        for kind in KINDS.values():
            of_kind = [row for row in kept if row.load.kind == kind.name]
            if of_kind:
                loaded += _retry(actor, _for_kept_rows(kind), of_kind)
    return Retried(loaded, len(kept) - loaded, len(rows) - len(kept))


def _for_kept_rows(kind: Kind) -> Kind:
    """Their SSN is a digest already."""
    return replace(kind, columns={**kind.columns, "ssn": read.sealed_ssn}) if "ssn" in kind.columns else kind


def _retry(actor: Actor, kind: Kind, rows: Sequence[QuarantinedRow]) -> int:
    """Return how many of the rows were loaded; the others keep waiting, with today's reason."""
    failed: set[int] = set()

    def keep(load: FeedLoad, aside: Sequence[SetAside]) -> None:
        for row in aside:
            failed.add(row.line)
            QuarantinedRow.objects.filter(pk=rows[row.line].pk).update(reason=row.reason)

    load = FeedLoad.objects.create(kind=kind.name, started_at=clock.now(), started_by_id=actor.account_id)
    with stage(kind) as staged:
        Loading(actor, load, staged, keep=keep).run(_read(kind, rows))
    done = [row.pk for place, row in enumerate(rows) if place not in failed]
    QuarantinedRow.objects.filter(pk__in=done).update(resolved_at=clock.now())
    finish(actor, load)
    return len(done)


def _read(kind: Kind, rows: Sequence[QuarantinedRow]) -> Iterator[GoodRow | SetAside]:
    # The place in the list stands for the line: lines of several files may be the same.
    for place, row in enumerate(rows):
        raw = json.loads(row.unseal_text("row_sealed"))
        try:
            yield GoodRow(place, kind.read(raw))
        except BadRow as bad:
            yield SetAside(place, str(bad), raw)
