"""Work that lies in rows: one worker at a time has a row, for as long as a lease; when it dies, the lease runs out.

For rows with `state`, `next_attempt_at` and `attempts`: emails of the outbox, notes for the health record.
"""

import datetime as dt
from typing import TypeVar

from django.db import transaction
from django.db.models import QuerySet

from messaging.models import Notification, RecordNote
from smportal import clock

Row = TypeVar("Row", Notification, RecordNote)


@transaction.atomic
def claim(waiting: QuerySet[Row], lease: dt.timedelta) -> Row | None:
    """Return the row that has been owed longest and that nobody else has, now ours for the lease; None for none.

    The attempt is counted before it is made, so that one that kills its worker counts as well.
    """
    now = clock.now()
    due = waiting.select_for_update(skip_locked=True, of=("self",)).filter(next_attempt_at__lte=now)
    row = due.order_by("next_attempt_at").first()
    if row is not None:
        row.next_attempt_at = now + lease
        row.attempts += 1
        row.save(update_fields=["next_attempt_at", "attempts"])
    return row


def still_ours(row: Row) -> QuerySet[Row]:
    """Return the row as a query, empty when the lease ran out meanwhile and another worker has it now."""
    rows: QuerySet[Row] = type(row).objects.all()
    return rows.filter(id=row.id, state=row.state, next_attempt_at=row.next_attempt_at)
