"""Looking again, right before sending, whether this person still gets this email.

Between the event and the email somebody may have left the team, been disabled, or the message been
answered. An email that is no longer wanted is skipped, with the reason on the row.
"""

import enum
from collections.abc import Callable
from typing import Final

from accounts.models import Account, AccountKind, Credential
from accounts.tiers import tier_of
from eligibility import queries as eligibility_queries
from messaging.absence.cover import cover_of
from messaging.breakglass.officers import officers_to_tell
from messaging.models import (
    Absence,
    Archive,
    ArchiveState,
    BreakGlassUse,
    Conversation,
    Message,
    NoteState,
    Notification,
    NotificationKind,
    Obligation,
    OwnReminder,
    RecordNote,
    SentInError,
    Surrogate,
    TeamAlarm,
)
from messaging.teams.escalation import accounts_of
from smportal.actor import Actor, ActorKind
from smportal.tiers import Tier


class Unwanted(enum.StrEnum):
    """Why an email was not sent; stored on the row."""

    ACCOUNT_DISABLED = "account_disabled"
    MAY_NOT_READ = "may_not_read"
    NOT_ASSIGNED = "no_longer_assigned"
    ANSWERED = "answered_meanwhile"
    GONE = "cause_is_gone"
    NO_ADDRESS = "no_verified_address"
    TURNED_OFF = "turned_off"
    NOTHING_WAITS = "nothing_waits"


def why_unwanted(notification: Notification) -> Unwanted | None:
    """Return the reason not to send, or None when the recipient still should get the email."""
    if not notification.recipient.is_active:
        return Unwanted.ACCOUNT_DISABLED
    return _RULES[notification.kind](notification)


def _new_message(notification: Notification) -> Unwanted | None:
    message = Message.objects.filter(id=notification.cause_id).first()
    if message is None or SentInError.objects.filter(message=message).exists():
        return Unwanted.GONE
    readable = eligibility_queries.conversation_record_ids(_as_verified_as_possible(notification.recipient))
    return None if message.record_id in readable else Unwanted.MAY_NOT_READ


def _team_message(notification: Notification) -> Unwanted | None:
    about = notification.conversation_id
    conversation = Conversation.objects.filter(id=about).first() if about else None
    if conversation is None:
        return Unwanted.GONE
    accounts = {person.account_id for person in eligibility_queries.members_of(conversation.team_id)}
    if notification.recipient_id not in accounts:
        return Unwanted.MAY_NOT_READ
    return None if conversation.due_at is not None else Unwanted.ANSWERED


def _digest(notification: Notification) -> Unwanted | None:
    parts = notification.parts.select_related("recipient").order_by("-created_at")
    return None if any(_still_waits(part) for part in parts.iterator()) else Unwanted.NOTHING_WAITS


def _still_waits(part: Notification) -> bool:
    if why_unwanted(part) is not None:
        return False
    if part.kind != NotificationKind.NEW_MESSAGE:
        return True
    return Message.objects.filter(id=part.cause_id, conversation__veteran_unread=True).exists()


def _archive_ready(notification: Notification) -> Unwanted | None:
    archive = Archive.objects.filter(id=notification.cause_id, state=ArchiveState.READY).first()
    if archive is None:
        return Unwanted.GONE
    readable = eligibility_queries.conversation_record_ids(_as_verified_as_possible(notification.recipient))
    return None if archive.record_id in readable else Unwanted.MAY_NOT_READ


def _as_verified_as_possible(account: Account) -> Actor:
    """Return the veteran with the account's highest tier: what work without a session goes by (section 2)."""
    credentials = Credential.objects.filter(account=account, unlinked_at__isnull=True)
    tiers = [tier_of(credential.kind, credential.level) for credential in credentials]
    return Actor(
        kind=ActorKind.VETERAN if account.kind == AccountKind.VETERAN else ActorKind.STAFF,
        account_id=account.id,
        record_id=account.record_id,
        tier=int(max(tiers, default=Tier.NONE)),
    )


def _assigned(notification: Notification) -> Unwanted | None:
    about = notification.conversation_id
    conversation = Conversation.objects.filter(id=about).first() if about else None
    if conversation is None:
        return Unwanted.GONE
    members = eligibility_queries.members_of(conversation.team_id)
    mine = [person.staff_id for person in members if person.account_id == notification.recipient_id]
    if not mine:
        return Unwanted.MAY_NOT_READ
    if conversation.assignee_id is None:
        return Unwanted.NOT_ASSIGNED
    acting = cover_of([conversation.team_id]).acting(conversation.team_id, conversation.assignee_id)
    return None if {conversation.assignee_id, acting} & set(mine) else Unwanted.NOT_ASSIGNED


def _surrogate(notification: Notification) -> Unwanted | None:
    row = Surrogate.objects.select_related("absence").filter(id=notification.cause_id).first()
    if row is None or row.absence.ended_at is not None:
        return Unwanted.GONE
    accounts = {person.account_id for person in eligibility_queries.members_of(row.team_id)}
    return None if notification.recipient_id in accounts else Unwanted.MAY_NOT_READ


def _absence_entered(notification: Notification) -> Unwanted | None:
    standing = Absence.objects.filter(id=notification.cause_id, ended_at=None)
    return None if standing.filter(staff__account=notification.recipient_id).exists() else Unwanted.GONE


def _own_reminder(notification: Notification) -> Unwanted | None:
    found = OwnReminder.objects.filter(id=notification.cause_id, ended_at=None).select_related("conversation").first()
    if found is None:
        return Unwanted.GONE
    members = eligibility_queries.members_of(found.conversation.team_id)
    mine = {person.staff_id for person in members if person.account_id == notification.recipient_id}
    return None if found.staff_id in mine else Unwanted.MAY_NOT_READ


def _step(notification: Notification) -> Unwanted | None:
    obligation = Obligation.objects.select_related("conversation__team").filter(id=notification.cause_id).first()
    if obligation is None:
        return Unwanted.GONE
    if obligation.ended_at is not None:
        return Unwanted.ANSWERED
    team = obligation.conversation.team
    # Whoever was told of a step may still act on it as a member or an administrator, in whatever place.
    accounts = {person.account_id for person in eligibility_queries.members_of(team.id)}
    accounts |= {person.account_id for person in eligibility_queries.administrators_of(team.facility_id)}
    accounts |= set(accounts_of(team.id))
    return None if notification.recipient_id in accounts else Unwanted.MAY_NOT_READ


def _file(notification: Notification) -> Unwanted | None:
    """Whoever sent it is told while they may still open the conversation, whatever became of it since."""
    about = notification.conversation_id
    conversation = Conversation.objects.filter(id=about).first() if about else None
    if conversation is None:
        return Unwanted.GONE
    if notification.recipient.kind == AccountKind.VETERAN:
        readable = eligibility_queries.conversation_record_ids(_as_verified_as_possible(notification.recipient))
        return None if conversation.record_id in readable else Unwanted.MAY_NOT_READ
    accounts = {person.account_id for person in eligibility_queries.members_of(conversation.team_id)}
    return None if notification.recipient_id in accounts else Unwanted.MAY_NOT_READ


def _record_note(notification: Notification) -> Unwanted | None:
    """Whoever was told while a note of the conversation is to be dealt with, and they may."""
    about = notification.conversation_id
    failed = RecordNote.objects.filter(conversation_id=about, state=NoteState.FAILED) if about else None
    team_id = failed.values_list("conversation__team_id", flat=True).first() if failed is not None else None
    if team_id is None:
        return Unwanted.GONE
    accounts = {person.account_id for person in eligibility_queries.members_of(team_id)}
    return None if notification.recipient_id in accounts else Unwanted.MAY_NOT_READ


def _break_glass(notification: Notification) -> Unwanted | None:
    # Also when somebody has judged it meanwhile: being told is the point.
    use = BreakGlassUse.objects.filter(id=notification.cause_id).first()
    if use is None:
        return Unwanted.GONE
    told = officers_to_tell(use.facility_id, but=use.account_id)
    return None if notification.recipient_id in told else Unwanted.MAY_NOT_READ


def _team_alarm(notification: Notification) -> Unwanted | None:
    alarm = TeamAlarm.objects.select_related("team").filter(id=notification.cause_id, ended_at=None).first()
    if alarm is None:
        return Unwanted.GONE
    leads = {person.account_id for person in eligibility_queries.leads_of(alarm.team_id)}
    heads = {person.account_id for person in eligibility_queries.administrators_of(alarm.team.facility_id)}
    return None if notification.recipient_id in leads | heads else Unwanted.MAY_NOT_READ


def _sent_in_error(notification: Notification) -> Unwanted | None:
    # Also when somebody has judged it meanwhile: being told is the point.
    row = SentInError.objects.filter(id=notification.cause_id).first()
    if row is None:
        return Unwanted.GONE
    told = officers_to_tell(row.facility_id, but=row.by_account_id)
    return None if notification.recipient_id in told else Unwanted.MAY_NOT_READ


_RULES: Final[dict[str, Callable[[Notification], Unwanted | None]]] = {
    NotificationKind.NEW_MESSAGE: _new_message,
    NotificationKind.DIGEST: _digest,
    NotificationKind.TEAM_MESSAGE: _team_message,
    NotificationKind.TEAM_DIGEST: _digest,
    NotificationKind.ASSIGNED: _assigned,
    NotificationKind.SURROGATE: _surrogate,
    NotificationKind.ABSENCE_ENTERED: _absence_entered,
    NotificationKind.OWN_REMINDER: _own_reminder,
    NotificationKind.REMINDER: _step,
    NotificationKind.OVERDUE: _step,
    NotificationKind.ESCALATION: _step,
    NotificationKind.FILE_VETERAN: _file,
    NotificationKind.FILE_STAFF: _file,
    NotificationKind.RECORD_NOTE: _record_note,
    NotificationKind.ARCHIVE_READY: _archive_ready,
    NotificationKind.TEAM_ALARM: _team_alarm,
    NotificationKind.BREAK_GLASS: _break_glass,
    NotificationKind.SENT_IN_ERROR: _sent_in_error,
}
