"""Opening a conversation: the one read that writes, because every disclosure is on record.

No audit row, no disclosure: both are in one transaction. Never called for HEAD or a prefetch.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from messaging.around import Around, around
from messaging.models import Conversation, OwnReminder, Side
from messaging.permissions import Reach, check_staff, reach_of
from smportal import clock
from smportal.actor import Actor, ActorKind
from smportal.audit.actions import Deed
from smportal.audit.recording import Event, record, record_many
from smportal.errors import NotFound
from smportal.prepared import Compiled, one_of


@dataclass(frozen=True, slots=True)
class Opened:
    """A conversation that was disclosed, with what lies around it."""

    conversation: Conversation
    around: Around


def disclose(
    *, actor: Actor, conversation_id: uuid.UUID, purpose: str = "read", reach: Reach | None = None
) -> Conversation:
    """Return the conversation with its team and veteran, having recorded that the actor saw it.

    A veteran's reading clears the unread mark; staff's first view of each message is its receipt. `reach` is the
    actor's, if it is at hand already.
    Raises NotFound for what does not exist and for what is not the actor's (that is on record too).
    """
    reach = reach or reach_of(actor)
    with transaction.atomic():
        conversation = _found(actor, conversation_id, reach)
        if conversation is not None:
            _note(actor, conversation, [_read(conversation, purpose)])
    return conversation or _denied(actor, conversation_id)


def disclose_page(*, actor: Actor, conversation_id: uuid.UUID, reach: Reach) -> Opened:
    """Disclose a conversation for its page, as `disclose` does, with what lies around it.

    What staff see beside it of the veteran's other conversations is on record as a list that was shown.
    """
    side = Side.STAFF if actor.kind is ActorKind.STAFF else Side.VETERAN
    with transaction.atomic():
        conversation = _found(actor, conversation_id, reach)
        if conversation is not None:
            beside = around(conversation, side, account_id=actor.account_id, team_ids=reach.team_ids)
            events = [_read(conversation, "read")]
            if beside.elsewhere:
                events.append(_list_shown(conversation, beside))
            _note(actor, conversation, events)
    if conversation is None:
        _denied(actor, conversation_id)
    return Opened(conversation, beside)


def _of_records(conversation_id: uuid.UUID, record_ids: object) -> QuerySet[Conversation]:
    found = Conversation.objects.filter(one_of("messaging_conversation.record_id", record_ids), id=conversation_id)
    return found.select_related("team__facility", "record__account", "assignee").order_by()


def _of_teams(conversation_id: uuid.UUID, team_ids: object, staff_id: uuid.UUID) -> QuerySet[Conversation]:
    own = OwnReminder.objects.filter(conversation=OuterRef("id"), staff_id=staff_id, ended_at=None)
    found = Conversation.objects.filter(one_of("messaging_conversation.team_id", team_ids), id=conversation_id)
    found = found.select_related("team__facility", "record__account", "assignee").order_by()
    return found.annotate(has_own_reminder=Exists(own))


_OF_RECORDS: Final = Compiled(_of_records)
_OF_TEAMS: Final = Compiled(_of_teams)


def _found(actor: Actor, conversation_id: uuid.UUID, reach: Reach) -> Conversation | None:
    """Return a conversation within reach with what its page shows of it, as `reach.conversations()` would find it."""
    if actor.kind is ActorKind.STAFF:
        return _OF_TEAMS.first(conversation_id, list(reach.team_ids), actor.staff_id) if reach.team_ids else None
    return _OF_RECORDS.first(conversation_id, list(reach.record_ids)) if reach.record_ids else None


def _read(conversation: Conversation, purpose: str) -> Event:
    return Event(
        Deed.CONVERSATION_READ if purpose == "read" else Deed.EXPORTED,
        subject_id=conversation.record_id,
        object_kind="conversation",
        object_id=conversation.id,
        reason=purpose,
    )


def _list_shown(conversation: Conversation, beside: Around) -> Event:
    return Event(
        Deed.LIST_SHOWN,
        subject_id=conversation.record_id,
        object_kind="queue",
        object_id="elsewhere",
        details={"conversations": [str(each.id) for each in beside.elsewhere]},
    )


def _note(actor: Actor, conversation: Conversation, events: Sequence[Event]) -> None:
    """Record what is disclosed, and with it that it was read."""
    record_many(actor=actor, events=events)
    if actor.kind is ActorKind.STAFF:
        _receipts(actor, conversation)
    elif conversation.veteran_unread:
        Conversation.objects.filter(id=conversation.id).update(veteran_unread=False)
        conversation.veteran_unread = False


# The first view of each of the veteran's messages by this member, and with it the team's mark, in one statement. Which were
# viewed before, the key tells: asked for beforehand, all that the member ever opened was read.
_RECEIPTS = """
WITH opened AS (
    INSERT INTO messaging_messageopening (message_id, staff_id, opened_at)
    SELECT m.id, %(reader)s, %(now)s FROM messaging_message m
    WHERE m.conversation_id = %(conversation)s AND m.side = 'veteran'
    ORDER BY m.sent_at, m.id
    ON CONFLICT (message_id, staff_id) DO NOTHING
)
UPDATE messaging_conversation SET team_unread = false WHERE id = %(conversation)s AND team_unread
"""


def _receipts(actor: Actor, conversation: Conversation) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_RECEIPTS, {"reader": check_staff(actor), "now": clock.now(), "conversation": conversation.id})
    conversation.team_unread = False


def _denied(actor: Actor, conversation_id: uuid.UUID) -> NoReturn:
    # Recorded only when the thing exists: a mistyped id is not an attempt on somebody's conversation.
    owner = Conversation.objects.filter(id=conversation_id).values_list("record_id", flat=True).first()
    if owner is not None:
        record(actor=actor, deed=Deed.DENIED, subject_id=owner, object_kind="conversation", object_id=conversation_id)
    raise NotFound
