"""Messages that a team withdrew from a veteran's view because they were sent in error."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.models import Account, VeteranRecord
from eligibility.models import Facility, StaffMember
from messaging.models.conversation import Conversation
from messaging.models.message import Message
from smportal.crypto.fields import SealedModel, SealedTextField
from smportal.crypto.owner import Owner, OwnerKind


class ErrorReason(models.TextChoices):
    """Why a message was withdrawn."""

    WRONG_VETERAN = "wrong_veteran", "It was meant for another veteran"
    OTHERS_INFORMATION = "others_information", "It has information about somebody else"
    WRONG_FILE = "wrong_file", "A wrong file came with it"
    OTHER = "other", "Another reason"


class ErrorVerdict(models.TextChoices):
    """What the privacy officer decided."""

    NO_ACTION = "no_action", "No further action needed"
    INCIDENT = "incident", "Reported as a privacy incident"


class SentInError(SealedModel):
    """One withdrawal. The message itself never changes; this row says that the veteran no longer sees it.

    A trigger keeps who, when, what and why as they were, and lets a review be written once.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    message = models.OneToOneField(Message, on_delete=models.PROTECT, related_name="sent_in_error")
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="sent_in_error")
    record = models.ForeignKey(VeteranRecord, on_delete=models.PROTECT, related_name="+")
    # The team's facility then: whose privacy officers review it.
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+")
    by_account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    by_staff = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    by_name = models.CharField("withdrawn by", max_length=200)
    reason = models.CharField(max_length=20, choices=ErrorReason.choices)
    note_sealed = SealedTextField(null=True)
    # What the conversation was called where that was part of the error: a message that began it.
    subject_sealed = SealedTextField(null=True)
    # Whether the veteran had opened the conversation while the message was there.
    was_opened = models.BooleanField()
    withdrawn_at = models.DateTimeField("withdrawn")
    verdict = models.CharField("review", max_length=20, choices=ErrorVerdict.choices, blank=True)
    review_note_sealed = SealedTextField(null=True)
    reviewed_at = models.DateTimeField("reviewed", null=True, blank=True)
    reviewed_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects: ClassVar[models.Manager["SentInError"]]

    class Meta:
        verbose_name = "message sent in error"
        verbose_name_plural = "messages sent in error"
        ordering = ("-withdrawn_at", "-id")
        indexes = (models.Index(fields=("facility", "-withdrawn_at"), name="sent_in_error_of_facility"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(reviewed_at__isnull=True, reviewed_by__isnull=True, verdict="")
                | Q(reviewed_at__isnull=False, reviewed_by__isnull=False, verdict__in=ErrorVerdict.values),
                name="sent_in_error_reviewed_whole",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("by_account")),
                name="sent_in_error_reviewed_by_another",
            ),
        )

    def __str__(self) -> str:
        return f"message sent in error {self.id}"

    @property
    def doer_id(self) -> uuid.UUID:
        """Whose deed it was, who therefore does not judge it."""
        return self.by_account_id

    def sealing_owner(self) -> Owner:
        return Owner(OwnerKind.VETERAN, self.record_id)
