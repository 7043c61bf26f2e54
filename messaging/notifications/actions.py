"""Writing to the outbox. Sending is messaging.notifications.delivery, in the background."""

import datetime as dt
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import transaction

from accounts.models import EmailChoice
from eligibility.models import TeamMembership
from messaging.models import Conversation, Message, Notification, NotificationKind, NotificationState
from messaging.notifications.delivery import RelayResult, relay
from messaging.notifications.digests import DigestResult, make_digests
from messaging.notifications.troubles import visible_notifications
from smportal import clock
from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import record
from smportal.errors import Conflict, NotFound

__all__ = [
    "DigestResult",
    "Notice",
    "RelayResult",
    "expire_pending",
    "make_digests",
    "notify",
    "notify_many",
    "reconsider_held",
    "relay",
    "tell_team",
    "try_again",
]


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


def tell_team(conversation: Conversation, message: Message) -> None:
    """Owe the team's members who want each message, at once or once a day, an email about a veteran's message.

    Runs in the message's transaction. Most want neither: nothing is written for them.
    """
    readers = TeamMembership.objects.filter(
        team_id=conversation.team_id,
        ended_at__isnull=True,
        staff__is_active=True,
        staff__account__is_active=True,
        staff__account__email_choice__in=(EmailChoice.EACH, EmailChoice.DAILY),
    )
    notify(
        kind=NotificationKind.TEAM_MESSAGE,
        recipient_ids=list(readers.order_by("staff_id").values_list("staff__account_id", flat=True)),
        cause_id=message.id,
        conversation_id=conversation.id,
        at=message.sent_at,
    )


def reconsider_held(account_id: uuid.UUID) -> None:
    """Give what is held for an account back to the relay, which goes by the choices as they are then."""
    held = Notification.objects.filter(recipient_id=account_id, state=NotificationState.HELD)
    held.update(state=NotificationState.PENDING, next_attempt_at=clock.now())


@transaction.atomic
def try_again(*, actor: Actor, notification_id: uuid.UUID) -> None:
    """Owe an email anew that the mail server refused or that expired; its two days start again.

    The Message-ID stays. Raises NotFound for one that the actor does not administer, Conflict for one that did not fail.
    """
    row = _failed(actor, notification_id, "Only an email that was refused or expired can be tried again.")
    now = clock.now()
    before, row.state, row.next_attempt_at, row.tried_again_at = row.state, NotificationState.PENDING, now, now
    row.attempts, row.last_error, row.dealt_with_at, row.dealt_with_by_id = 0, "", None, None
    row.save()
    record(
        actor=actor,
        deed=Deed.EMAIL_TRIED_AGAIN,
        object_kind="notification",
        object_id=row.id,
        details={"kind": row.kind, "was": before},
    )


@transaction.atomic
def deal_with(*, actor: Actor, notification_id: uuid.UUID) -> None:
    """Take a failed email off the list of what needs somebody: its person was told otherwise, or can't be reached.

    Once said, saying it again changes nothing. Raises NotFound for one that the actor does not administer, Conflict for
    one that did not fail.
    """
    row = _failed(actor, notification_id, "Only an email that was refused or expired can be marked as dealt with.")
    if row.dealt_with_at is not None:
        return
    row.dealt_with_at, row.dealt_with_by_id = clock.now(), actor.account_id
    row.save(update_fields=["dealt_with_at", "dealt_with_by"])
    record(
        actor=actor,
        deed=Deed.EMAIL_DEALT_WITH,
        object_kind="notification",
        object_id=row.id,
        details={"kind": row.kind, "was": row.state},
    )


def _failed(actor: Actor, notification_id: uuid.UUID, otherwise: str) -> Notification:
    """Return an email that failed and that the actor administers, locked."""
    row = visible_notifications(actor).select_for_update(of=("self",)).filter(id=notification_id).first()
    if row is None:
        raise NotFound
    if row.state not in {NotificationState.FAILED, NotificationState.EXPIRED}:
        raise Conflict(otherwise, code="not_failed")
    return row
