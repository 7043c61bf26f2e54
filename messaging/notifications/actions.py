"""Writing to the outbox. Sending is messaging.notifications.delivery, in the background."""

import datetime as dt
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from messaging.models import Notification, NotificationKind, NotificationState
from messaging.notifications.delivery import RelayResult, relay
from smportal import clock

__all__ = ["Notice", "RelayResult", "expire_pending", "notify", "notify_many", "relay"]


@dataclass(frozen=True, slots=True)
class Notice:
    """One event that some people are told of."""

    kind: NotificationKind
    recipient_ids: Collection[uuid.UUID]
    cause_id: uuid.UUID
    conversation_id: uuid.UUID | None = None


def notify(
    *,
    kind: NotificationKind,
    recipient_ids: Collection[uuid.UUID],
    cause_id: uuid.UUID,
    conversation_id: uuid.UUID | None = None,
    at: dt.datetime | None = None,
) -> None:
    """Owe everybody in `recipient_ids` (account ids) one email about one event.

    Runs in the caller's transaction: the emails are owed if and only if their cause is committed.
    Writing the same event again changes nothing. One statement, none when nobody is to be told; no
    broker is asked. `at` is the instant of the event, now by default. `conversation_id` is needed where
    the cause is neither a message nor an obligation, so that a relay can look again who may read it.
    """
    notify_many([Notice(kind, recipient_ids, cause_id, conversation_id)], at=at)


def notify_many(notices: Iterable[Notice], *, at: dt.datetime | None = None) -> int:
    """Do what `notify` does for many events, with one statement; return how many emails were asked for."""
    instant = at or clock.now()
    rows = [
        Notification(
            kind=notice.kind,
            recipient_id=recipient_id,
            cause_id=notice.cause_id,
            conversation_id=notice.conversation_id,
            created_at=instant,
            next_attempt_at=instant,
        )
        for notice in notices
        for recipient_id in dict.fromkeys(notice.recipient_ids)
    ]
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def expire_pending(*, before: dt.datetime) -> int:
    """Give up every unsent email of an event before `before`, and return how many those were.

    For history made under a moved clock: nobody wants its emails today.
    """
    pending = Notification.objects.filter(state=NotificationState.PENDING, created_at__lt=before)
    return pending.update(state=NotificationState.EXPIRED)
