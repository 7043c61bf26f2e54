"""The outbox: emails to be sent, written in the transaction of what caused them."""

import uuid

from django.db import models
from django.db.models import Q

from accounts.models import Account


class NotificationKind(models.TextChoices):
    """Registered kinds; messaging.notifications.kinds holds audience and text."""

    NEW_MESSAGE = "new_message", "New message for a veteran"
    TEAM_MESSAGE = "team_message", "New message for a care team"
    ASSIGNED = "assigned", "Conversation assigned"
    SURROGATE = "surrogate", "Named as a surrogate"
    ABSENCE_ENTERED = "absence_entered", "Absence entered by a triage lead"
    OWN_REMINDER = "own_reminder", "Own reminder due"
    REMINDER = "reminder", "Answer due soon"
    OVERDUE = "overdue", "Answer overdue"
    ESCALATION = "escalation", "Answer overdue for two days more"
    FILE_VETERAN = "file_veteran", "File of a veteran not delivered"
    FILE_STAFF = "file_staff", "File of the care team not delivered"
    RECORD_NOTE = "record_note", "Note for the health record not filed"
    ARCHIVE_READY = "archive_ready", "Archive of all messages ready"
    TEAM_ALARM = "team_alarm", "Nobody on duty in a team"
    BREAK_GLASS = "break_glass", "Break glass to review"
    SENT_IN_ERROR = "sent_in_error", "Message sent in error to review"
    DIGEST = "digest", "Daily email for a veteran"
    TEAM_DIGEST = "team_digest", "Daily email for a care team member"


class NotificationState(models.TextChoices):
    """Where an email stands."""

    PENDING = "pending", "Waiting"
    HELD = "held", "Held for the daily email"
    DIGESTED = "digested", "Part of a daily email"
    SENT = "sent", "Sent"
    FAILED = "failed", "Refused by the mail server"
    EXPIRED = "expired", "Expired before it could be sent"
    SKIPPED = "skipped", "No longer wanted"


class Notification(models.Model):
    """One email to one person about one event, however often it is tried.

    (kind, recipient, cause) is unique: an action that runs twice writes one row. The Message-ID
    comes from the id. A relay claims a row by moving `next_attempt_at` (its lease) ahead.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20, choices=NotificationKind.choices)
    recipient = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="notifications")
    # The id of what happened (a message, an obligation); no foreign key: the outbox knows no aggregates.
    cause_id = models.UUIDField()
    # The conversation it is about, where the cause alone does not tell: looked at again before sending.
    conversation_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=NotificationState.choices, default=NotificationState.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    # When a relay tries (again); of a held row, when its daily email is due.
    next_attempt_at = models.DateTimeField()
    # When an administrator had a refused email tried again: its two days count anew from there.
    tried_again_at = models.DateTimeField(null=True, blank=True)
    # When an administrator said that nothing more can be done about one that failed, and who.
    dealt_with_at = models.DateTimeField("dealt with", null=True, blank=True)
    dealt_with_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, db_index=False, related_name="+")
    # The row of the daily email that told of this one.
    digest = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="parts")
    sent_at = models.DateTimeField(null=True, blank=True)
    # The address it went to, masked: what the person sees in the settings.
    sent_to = models.CharField(max_length=100, blank=True)
    last_error = models.CharField(max_length=50, blank=True)

    class Meta:
        ordering = ("created_at", "id")
        indexes = (
            models.Index(fields=("next_attempt_at",), condition=Q(state="pending"), name="notification_pending"),
            # What daily emails cost follows who has something held, not how many accounts there are.
            models.Index(fields=("next_attempt_at",), condition=Q(state="held"), name="notification_held"),
            models.Index(fields=("recipient", "-created_at"), name="notification_recent"),
            # The administrators' list of what went wrong.
            models.Index(
                fields=("-created_at",), condition=Q(state__in=("failed", "expired")), name="notification_failed"
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=("kind", "recipient", "cause_id"), name="notification_once"),
            models.CheckConstraint(
                condition=Q(state="digested", digest__isnull=False) | ~Q(state="digested") & Q(digest__isnull=True),
                name="notification_digest_paired",
            ),
            models.CheckConstraint(
                condition=Q(dealt_with_at__isnull=True, dealt_with_by__isnull=True)
                | Q(dealt_with_at__isnull=False, dealt_with_by__isnull=False, state__in=("failed", "expired")),
                name="notification_dealt_with_paired",
            ),
        )

    def __str__(self) -> str:
        return f"notification {self.id}"
