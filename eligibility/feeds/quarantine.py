"""Setting rows aside: sealed, with line and reason; the same row is kept once, however often it comes."""

import json
from collections.abc import Sequence

from eligibility.feeds.source import SetAside, row_hash
from eligibility.models import FeedLoad, QuarantinedRow


def set_aside(load: FeedLoad, rows: Sequence[SetAside]) -> None:
    """Keep these rows of a load; those that wait from an earlier load for the same reason stay as they are."""
    found = [(row, row.digest or _hash(load.kind, row)) for row in rows]
    waiting = set(
        QuarantinedRow.objects.filter(
            row_sha256__in={digest for _, digest in found}, resolved_at__isnull=True, load__kind=load.kind
        )
        .exclude(load=load)
        .values_list("row_sha256", "reason")
    )
    QuarantinedRow.objects.bulk_create(
        [_sealed(load, row, digest) for row, digest in found if (digest, row.reason) not in waiting]
    )


def _sealed(load: FeedLoad, row: SetAside, digest: str) -> QuarantinedRow:
    kept = QuarantinedRow(load=load, line=row.line, reason=row.reason, row_sha256=digest)
    if row.values is not None:
        kept.seal_text("row_sealed", _text(row))
    return kept


def _text(row: SetAside) -> str:
    return json.dumps(dict(row.values or {}), ensure_ascii=False, sort_keys=True)


def _hash(kind: str, row: SetAside) -> str:
    digest = row_hash()
    digest.update(f"{kind}|{_text(row)}".encode())
    return digest.hexdigest()
