"""Making the lines of a broadcast: from a list, or from who is assigned to the team."""

import uuid
from collections.abc import Sequence

from django.db.models import Q

from accounts.models import VeteranRecord
from eligibility.models import Association, Registration
from messaging.broadcasts import lists
from messaging.models import Broadcast, BroadcastRecipient, RecipientState, Source
from smportal import clock
from smportal.crypto.envelope import sealing_key
from smportal.errors import InvalidInput

# More than this at once would be no message to one's own patients any more (docs/adr/0030-one-text-to-many.md).
MOST = 10_000
MALFORMED = "malformed"
UNKNOWN = "unknown"


def choose(broadcast: Broadcast) -> int:
    """Replace the lines of a locked broadcast by what its list or filters mean now, and return how many there are.

    Raises InvalidInput naming the field for none, and for more than 10,000.
    """
    field = "icns" if broadcast.source == Source.LIST else "relation"
    rows = _listed(broadcast) if broadcast.source == Source.LIST else _associated(broadcast)
    if not rows:
        text = "Paste at least one ICN" if field == "icns" else "No veteran fits these choices"
        raise InvalidInput(text, code="empty", field=field)
    if len(rows) > MOST:
        raise InvalidInput(
            f"{len(rows):,} are too many: one text can go to at most {MOST:,} veterans. Narrow it down.",
            code="too_many",
            field=field,
        )
    BroadcastRecipient.objects.filter(broadcast=broadcast).delete()
    BroadcastRecipient.objects.bulk_create(rows, batch_size=1_000)
    return len(rows)


def _listed(broadcast: Broadcast) -> Sequence[BroadcastRecipient]:
    found = lists.read(broadcast.unseal_text("list_sealed"))
    broadcast.repeated = found.repeated
    if len(found.lines) > MOST:
        # Too many is said before anything is looked up.
        return [BroadcastRecipient()] * len(found.lines)
    icns = [line.given for line in found.lines if line.is_icn]
    ids = dict(VeteranRecord.objects.filter(icn__in=icns).values_list("icn", "id"))
    key = sealing_key(broadcast.sealing_owner())
    rows = []
    for position, line in enumerate(found.lines):
        row = _row(broadcast, position, ids.get(line.given))
        row.seal_text("given_sealed", line.given, key=key)
        if row.record_id is None:
            # Nobody at all, and nobody of the team, read the same.
            row.state, row.reason = RecipientState.LEFT_OUT, UNKNOWN if line.is_icn else MALFORMED
        rows.append(row)
    return rows


def _associated(broadcast: Broadcast) -> Sequence[BroadcastRecipient]:
    today = clock.today(broadcast.team.facility.zone)
    own = Association.objects.filter(team_id=broadcast.team_id, effective_from__lte=today).filter(
        Q(effective_until__isnull=True) | Q(effective_until__gte=today)
    )
    if broadcast.relation:
        own = own.filter(relation=broadcast.relation)
    if broadcast.registered_at is not None:
        day = clock.today(broadcast.registered_at.zone)
        there = Registration.objects.filter(facility=broadcast.registered_at, registered_on__lte=day).filter(
            Q(ended_on__isnull=True) | Q(ended_on__gte=day)
        )
        own = own.filter(record_id__in=there.values("record_id"))
    broadcast.repeated = 0
    ids = own.order_by("record_id").values_list("record_id", flat=True).distinct()[: MOST + 1]
    return [_row(broadcast, position, record_id) for position, record_id in enumerate(ids)]


def _row(broadcast: Broadcast, position: int, record_id: uuid.UUID | None) -> BroadcastRecipient:
    return BroadcastRecipient(broadcast=broadcast, position=position, record_id=record_id)
