"""The one email a day: who chose it, and when it is due in the reader's own zone (domain rules, section 8).

The relay holds a daily reader's emails until the next chosen hour. When that comes, one row of kind
"digest" takes the place of all that is held. (kind, recipient, day) is unique, so whatever runs twice
or comes late, there is one a day. The relay looks again before it sends it: nothing waits, no email.
The cost follows who has something held; accounts are never walked through.
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from accounts.models import Account, AccountKind
from eligibility.queries import home_zones
from messaging.models import Notification, NotificationKind, NotificationState
from smportal import clock, times

BATCH: Final = 500
# The name space of a day's cause: (recipient, day) → id.
_DAYS: Final = uuid.UUID("6c0f2d0e-5d0b-4d8e-9d0a-5a7c8f1f2b6e")
_KINDS: Final = {AccountKind.VETERAN: NotificationKind.DIGEST, AccountKind.STAFF: NotificationKind.TEAM_DIGEST}


@dataclass(frozen=True, slots=True)
class DigestResult:
    """How many daily emails are owed now, and how many readers have had today's already."""

    made: int = 0
    postponed: int = 0


@dataclass(frozen=True, slots=True)
class _Reader:
    """One reader of a batch: the rows held for them, and the day that their email would be of."""

    account: Account
    zone: dt.tzinfo
    rows: list[uuid.UUID]
    day: dt.date

    @property
    def cause_id(self) -> uuid.UUID:
        """The same for every try at this day's email."""
        return uuid.uuid5(_DAYS, f"{self.account.id} {self.day.isoformat()}")


def next_digest(after: dt.datetime, hour: int, zone: dt.tzinfo) -> dt.datetime:
    """Return the first instant later than `after` at which it is `hour` o'clock in the zone.

    An hour that a change of the clocks leaves out counts an hour later; one that it repeats counts
    the first time. So there is exactly one such instant for each local day.
    """
    day = after.astimezone(zone).date()
    while True:
        instant = _at(day, hour, zone)
        if instant > after:
            return instant
        day += dt.timedelta(days=1)


def _at(day: dt.date, hour: int, zone: dt.tzinfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour), zone).astimezone(dt.UTC)


def zones_of(accounts: Iterable[Account]) -> dict[uuid.UUID, dt.tzinfo]:
    """Return each account's own zone: the chosen one, else the facility's, else Eastern."""
    found = list(accounts)
    homes = home_zones([account.id for account in found if not account.time_zone])
    return {account.id: times.viewer_zone(account.time_zone, homes.get(account.id, "")) for account in found}


def due_at(account: Account, *, after: dt.datetime) -> dt.datetime:
    """Return when the account's next daily email is due."""
    return next_digest(after, account.digest_hour, zones_of([account])[account.id])


def make_digests(*, batch: int = BATCH) -> DigestResult:
    """Owe everybody whose hour has come one email for all that is held for them; may run twice at once.

    Readers that another run is at are left to it, and those behind them are not made to wait for it.
    """
    made = postponed = 0
    busy: set[uuid.UUID] = set()
    while (done := _make_batch(batch, busy)) is not None:
        made, postponed = made + done.made, postponed + done.postponed
    return DigestResult(made, postponed)


@transaction.atomic
def _make_batch(batch: int, busy: set[uuid.UUID]) -> DigestResult | None:
    """Do one batch of what waits for readers that are not `busy`, and add those that turn out to be."""
    now = clock.now()
    held = Notification.objects.filter(state=NotificationState.HELD, next_attempt_at__lte=now)
    waiting = set(
        held.exclude(recipient_id__in=busy).order_by("next_attempt_at").values_list("recipient_id", flat=True)[:batch]
    )
    if not waiting:
        return None
    # Whoever changes their settings, or makes this email at the same time, holds the same lock.
    accounts = Account.objects.select_for_update(skip_locked=True, no_key=True).filter(id__in=waiting)
    mine = {account.id: account for account in accounts}
    busy |= waiting - mine.keys()
    readers = _readers(mine, held)
    existing = set(
        Notification.objects.filter(
            kind__in=_KINDS.values(),
            recipient_id__in=[reader.account.id for reader in readers],
            cause_id__in=[reader.cause_id for reader in readers],
        ).values_list("cause_id", flat=True)
    )
    early = [reader for reader in readers if reader.cause_id in existing]
    for reader in early:
        later = next_digest(_at(reader.day, 23, reader.zone), reader.account.digest_hour, reader.zone)
        Notification.objects.filter(id__in=reader.rows).update(next_attempt_at=later)
    owed = [reader for reader in readers if reader.cause_id not in existing]
    _owe(owed, now)
    return DigestResult(len(owed), len(early))


def _readers(accounts: dict[uuid.UUID, Account], held: QuerySet[Notification]) -> list[_Reader]:
    rows: dict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    slots: dict[uuid.UUID, dt.datetime] = {}
    # In the order of their hours: the latest that has come says which day's email this is.
    found = held.filter(recipient_id__in=accounts).order_by("next_attempt_at")
    for row_id, recipient_id, slot in found.values_list("id", "recipient_id", "next_attempt_at"):
        rows[recipient_id].append(row_id)
        slots[recipient_id] = slot
    zones = zones_of(accounts[recipient_id] for recipient_id in rows)
    return [_Reader(accounts[key], zones[key], rows[key], slots[key].astimezone(zones[key]).date()) for key in rows]


def _owe(readers: list[_Reader], now: dt.datetime) -> None:
    digests = [
        Notification(
            kind=_KINDS[AccountKind(reader.account.kind)],
            recipient_id=reader.account.id,
            cause_id=reader.cause_id,
            created_at=now,
            next_attempt_at=now,
        )
        for reader in readers
    ]
    Notification.objects.bulk_create(digests)
    own = Notification.objects.filter(id__in=[digest.id for digest in digests], recipient_id=OuterRef("recipient_id"))
    Notification.objects.filter(id__in=[row for reader in readers for row in reader.rows]).update(
        state=NotificationState.DIGESTED, digest_id=Subquery(own.values("id")[:1])
    )
