"""A date on which somebody wants to be reminded of a conversation."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from eligibility.models import StaffMember
from messaging.models.conversation import Conversation
from smportal.crypto.fields import SealedModel, SealedTextField
from smportal.crypto.owner import Owner, OwnerKind


class ReminderEnd(models.TextChoices):
    """Why a reminder is over."""

    DONE = "done", "Dealt with"
    CANCELLED = "cancelled", "Cancelled before its day"
    MOVED = "moved", "Moved to another day"
    NO_ACCESS = "no_access", "The person no longer has access"


class OwnReminder(SealedModel):
    """One person's own reminder on one conversation; nobody else sees it.

    `day` and `remind_at` never change: to move it ends this row and makes another, so that each row owes its person
    one email at most, which `told_at` claims.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    staff = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="own_reminders")
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="own_reminders")
    day = models.DateField()
    remind_at = models.DateTimeField()
    note_sealed = SealedTextField(null=True)
    set_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end = models.CharField(max_length=10, choices=ReminderEnd.choices, blank=True)

    objects: ClassVar[models.Manager["OwnReminder"]]

    class Meta:
        ordering = ("remind_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("staff", "conversation"), condition=Q(ended_at__isnull=True), name="own_reminder_one_open"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end="") | Q(ended_at__isnull=False) & ~Q(end=""),
                name="own_reminder_end_paired",
            ),
        )
        indexes = (
            models.Index(fields=("staff", "remind_at"), condition=Q(ended_at__isnull=True), name="own_reminder_open"),
            models.Index(
                fields=("remind_at",),
                condition=Q(ended_at__isnull=True, told_at__isnull=True),
                name="own_reminder_owed",
            ),
        )

    def __str__(self) -> str:
        return f"reminder {self.id}"

    def sealing_owner(self) -> Owner:
        return Owner(OwnerKind.VETERAN, self.conversation.record_id)
