"""The work of broadcasts, in batches: first who can get it, then a conversation for each.

A batch is one transaction that holds the broadcast's row: two workers never make the same one, and one that is
killed leaves nothing half done, nor anything to wait for: the next goes on where it was.
"""

import logging
import time
import uuid
from collections.abc import Sequence
from typing import Final

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from eligibility.holds import hold_member, hold_survivors
from eligibility.models import StaffMember, TeamMembership
from eligibility.reaching import Obstacle
from messaging.broadcasts.content import text_of
from messaging.library import cards
from messaging.models import Broadcast, BroadcastRecipient, BroadcastState, Message, RecipientState
from messaging.models.broadcast import RUNNING
from messaging.starting.actions import Order, Start, start_each
from messaging.starting.recipients import recipients
from smportal import clock
from smportal.actor import Actor, ActorKind
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.crypto.errors import CryptoError

logger = logging.getLogger(__name__)

CHECKED_AT_ONCE: Final = 100
SENT_AT_ONCE: Final = 50
# Well below the task's time limit: the next run goes on.
RUN_SECONDS: Final = 20.0
TRIES: Final = 2

MERGED, FAILED, STOPPED = "merged", "failed", "stopped"


def make_broadcasts(*, seconds: float = RUN_SECONDS) -> int:
    """Go on with all that is asked for, a batch of each in turn; return how many conversations were started."""
    until, made = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        running = Broadcast.objects.filter(state__in=RUNNING).order_by("updated_at", "id")
        # None: another worker is at it.
        steps = [step(broadcast_id) for broadcast_id in running.values_list("id", flat=True)]
        done = [number for number in steps if number is not None]
        if not done:
            break
        made += sum(done)
    return made


def step(broadcast_id: uuid.UUID) -> int | None:
    """Do one batch of a broadcast; return how many conversations that started, None when somebody else is at it."""
    for batch in (*[SENT_AT_ONCE] * TRIES, 1):
        try:
            with transaction.atomic():
                return _step(broadcast_id, batch)
        except (IntegrityError, CryptoError):
            # A message number drawn twice goes away by itself; a key that does not open is one veteran's matter:
            # one by one, it holds up nobody else.
            continue
    return _give_up_first(broadcast_id)


def _claim(broadcast_id: uuid.UUID) -> Broadcast | None:
    found = Broadcast.objects.select_for_update(of=("self",), skip_locked=True).filter(id=broadcast_id)
    return found.filter(state__in=RUNNING).select_related("team__facility", "facility").first()


def _step(broadcast_id: uuid.UUID, batch: int) -> int | None:
    broadcast = _claim(broadcast_id)
    if broadcast is None:
        return None
    if broadcast.state == BroadcastState.CHECKING:
        _check_batch(broadcast)
        return 0
    return _send_batch(broadcast, batch)


def _check_batch(broadcast: Broadcast) -> None:
    rows = list(_rows(broadcast, RecipientState.UNCHECKED)[:CHECKED_AT_ONCE])
    if not rows:
        broadcast.state, broadcast.updated_at = BroadcastState.READY, clock.now()
        broadcast.save(update_fields=["state", "updated_at"])
        return
    whom = recipients(team_id=broadcast.team_id, record_ids=[_record_of(row) for row in rows])
    for row in rows:
        recipient = whom[_record_of(row)]
        row.state = RecipientState.PENDING
        if recipient.obstacle is not None:
            _leave_out(row, recipient.obstacle)
        elif recipient.record_id != row.record_id:
            _follow_merge(row, recipient.record_id)
    _store(rows)


def _record_of(row: BroadcastRecipient) -> uuid.UUID:
    """Return the veteran of a line that has one: a line without one was left out when it was read."""
    if row.record_id is None:
        message = "a line without a veteran cannot be looked at"
        raise ValueError(message)
    return row.record_id


def _rows(broadcast: Broadcast, state: RecipientState) -> QuerySet[BroadcastRecipient]:
    return BroadcastRecipient.objects.filter(broadcast=broadcast, state=state).order_by("position")


def _leave_out(row: BroadcastRecipient, reason: str) -> None:
    row.state, row.reason = RecipientState.LEFT_OUT, str(reason)


def _follow_merge(row: BroadcastRecipient, survivor: uuid.UUID) -> None:
    """Send to the record that goes on; whoever is on the list as that one already gets it once."""
    if BroadcastRecipient.objects.filter(broadcast=row.broadcast_id, record_id=survivor).exists():
        _leave_out(row, MERGED)
    else:
        row.record_id = survivor
        # At once, so that a second record that was merged into the same one is seen in this batch.
        row.save(update_fields=["record"])


def _store(rows: Sequence[BroadcastRecipient]) -> None:
    BroadcastRecipient.objects.bulk_update(rows, ["state", "reason", "record", "conversation"])


def _send_batch(broadcast: Broadcast, batch: int) -> int:
    actor = _author_of(broadcast)
    if actor is None:
        end(Actor.system("broadcasts"), broadcast, BroadcastState.STOPPED, reason="author_left")
        return 0
    rows = list(_rows(broadcast, RecipientState.PENDING)[:batch])
    if not rows:
        end(Actor.system("broadcasts"), broadcast, BroadcastState.DONE)
        return 0
    _follow_late_merges(rows)
    going = [row for row in rows if row.state == RecipientState.PENDING]
    made = start_each(actor=actor, order=_order(broadcast), starts=[Start(row.id, _record_of(row)) for row in going])
    sent = {row.id: outcome.conversation_id for row in going if isinstance(outcome := made[row.id], Message)}
    for row in going:
        if isinstance(outcome := made[row.id], Obstacle):
            _leave_out(row, outcome)
    _store([row for row in rows if row.state == RecipientState.LEFT_OUT])
    _mark_sent(sent)
    return len(sent)


def _mark_sent(conversation_of: dict[uuid.UUID, uuid.UUID]) -> None:
    """Say which conversation each line became, in one small statement: it is the batch's most frequent write."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_broadcastrecipient SET state = %s, conversation_id = made.conversation_id"
            " FROM unnest(%s::uuid[], %s::uuid[]) AS made(id, conversation_id)"
            " WHERE messaging_broadcastrecipient.id = made.id",
            [RecipientState.SENT, list(conversation_of), list(conversation_of.values())],
        )


def _follow_late_merges(rows: Sequence[BroadcastRecipient]) -> None:
    """Follow the merges of between the check and now; the records are held, so there is none between now and then."""
    survivors = hold_survivors([_record_of(row) for row in rows])
    for row in rows:
        survivor = survivors[_record_of(row)]
        if survivor != row.record_id:
            _follow_merge(row, survivor)


def _author_of(broadcast: Broadcast) -> Actor | None:
    """Return who confirmed it, while that person still leads the team; held so until the batch is committed."""
    leads = TeamMembership.objects.filter(
        team_id=broadcast.team_id, staff_id=broadcast.author_staff_id, ended_at__isnull=True, is_lead=True
    )
    if not hold_member(broadcast.author_staff_id, broadcast.team_id) or not leads.exists():
        return None
    # Confirmed in a session with a second factor; the broadcast's row says when.
    return Actor(
        kind=ActorKind.STAFF,
        account_id=broadcast.author_id,
        staff_id=broadcast.author_staff_id,
        second_factor=True,
        name="broadcasts",
    )


def _order(broadcast: Broadcast) -> Order:
    text = text_of(broadcast)
    return Order(
        author=StaffMember.objects.get(id=broadcast.author_staff_id),
        team_id=broadcast.team_id,
        text=text,
        content=text.digested(),
        cards=cards.of(broadcast),
        details={"broadcast": str(broadcast.id)},
    )


@transaction.atomic
def _give_up_first(broadcast_id: uuid.UUID) -> int | None:
    """Leave out the veteran for whom it fails even alone, and say so in the log: somebody must look at it."""
    broadcast = _claim(broadcast_id)
    row = _rows(broadcast, RecipientState.PENDING).first() if broadcast is not None else None
    if row is None:
        return None
    logger.error("a broadcast fails for one veteran", extra={"event": "broadcast_failed", "object_id": str(row.id)})
    _leave_out(row, FAILED)
    _store([row])
    return 0


def end(actor: Actor, broadcast: Broadcast, state: BroadcastState, *, reason: str = "") -> None:
    """End a locked broadcast, with its audit row; whoever still waits is left out with the reason."""
    waiting = _rows(broadcast, RecipientState.PENDING)
    waiting.update(state=RecipientState.LEFT_OUT, reason=reason or STOPPED)
    now = clock.now()
    broadcast.state, broadcast.end_reason, broadcast.ended_at, broadcast.updated_at = state, reason, now, now
    broadcast.save(update_fields=["state", "end_reason", "ended_at", "updated_at"])
    sent = BroadcastRecipient.objects.filter(broadcast=broadcast, state=RecipientState.SENT).count()
    record(
        actor=actor,
        deed=Deed.BROADCAST_ENDED,
        object_kind="broadcast",
        object_id=broadcast.id,
        reason=reason or state.value,
        details={"team": str(broadcast.team_id), "sent": sent},
    )
