"""Acknowledging a veteran's message by itself, in the transaction of its send.

So it is there exactly once whatever crashes: with the message or not at all. It is an entry of the conversation and
nothing else: no clock, no state, no unread mark, no email and no "last message" knows of it.
"""

import datetime as dt
import uuid

from django.db.models import F
from django.utils.translation import get_language

from eligibility.models import Acknowledgement, CareTeam
from messaging import posting
from messaging.absence.duty import unattended_since
from messaging.models import Conversation, Message, MessageKind, Obligation, Side
from messaging.response.calendars import calendar_for
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.business_time import CalendarRangeError, closed_since

_AUTOMATIC = Actor.system("acknowledgement")
_LONGEST_AUTHOR = 200
# Right after the message that it acknowledges, whatever is compared.
_NEXT = dt.timedelta(microseconds=1)


def acknowledge(*, conversation: Conversation, message: Message, waits: Obligation) -> Message | None:
    """Acknowledge a message that was just inserted, if the team's setting says so; return the entry or None.

    "Always": when the message has started the clock `waits`. "Closed": once for each time in which the team is closed
    or nobody is on duty. The caller has locked the conversation's row, or made it, in the same transaction.
    """
    team = CareTeam.objects.select_related("facility").get(id=conversation.team_id)
    if team.acknowledgement == Acknowledgement.ALWAYS:
        if waits.started_at != message.sent_at:
            return None
    else:
        since = away_since(team, message.sent_at)
        if since is None or _was_acknowledged(conversation, since):
            return None
    spanish = get_language() == "es"
    body = team.acknowledgement_text_es if spanish else team.acknowledgement_text
    return _append(conversation, message, team, body or team.acknowledgement_text)


def away_since(team: CareTeam, at: dt.datetime) -> dt.datetime | None:
    """Return since when nobody of the team answers: nobody on duty, or outside of its business time; else None."""
    since = unattended_since(team.id, at=at)
    if since is not None:
        return since
    try:
        return closed_since(at, calendar_for(team.facility))
    except CalendarRangeError:
        return None


def _was_acknowledged(conversation: Conversation, since: dt.datetime) -> bool:
    sent = Message.objects.filter(conversation=conversation, kind=MessageKind.ACKNOWLEDGEMENT, sent_at__gte=since)
    return sent.exists()


def _append(conversation: Conversation, message: Message, team: CareTeam, body: str) -> Message:
    before = conversation.last_message_at, conversation.last_from
    entry = posting.append_message(
        conversation=conversation,
        author=posting.Author(Side.STAFF, None, name=team.public_name[:_LONGEST_AUTHOR]),
        body=body,
        draft_id=uuid.uuid5(message.id, MessageKind.ACKNOWLEDGEMENT),
        content=posting.content_of(str(message.id)),
        at=message.sent_at + _NEXT,
        kind=MessageKind.ACKNOWLEDGEMENT,
    )
    conversation.last_message_at, conversation.last_from = before
    Conversation.objects.filter(id=conversation.id).update(message_count=F("message_count") + 1)
    entry.save(force_insert=True)
    record(
        actor=_AUTOMATIC,
        deed=Deed.MESSAGE_SENT,
        subject_id=conversation.record_id,
        object_kind="message",
        object_id=entry.id,
        details={"conversation": str(conversation.id), "team": str(team.id), "acknowledges": str(message.id)},
    )
    return entry


def acknowledgement_of(message: Message) -> Message | None:
    """Return what acknowledged a message, if anything did."""
    return Message.objects.filter(draft_id=uuid.uuid5(message.id, MessageKind.ACKNOWLEDGEMENT)).first()
