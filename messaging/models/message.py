"""What was sent: rows that nobody can change."""

import uuid
from typing import ClassVar

from django.db import models

from accounts.models import Account, VeteranRecord
from eligibility.models import StaffMember
from messaging.models.conversation import Conversation, Side
from smportal.crypto.fields import SealedModel, SealedTextField
from smportal.crypto.owner import Owner, OwnerKind


class MessageKind(models.TextChoices):
    """What sort of entry."""

    MESSAGE = "message", "Message"
    ACKNOWLEDGEMENT = "acknowledgement", "Automatic acknowledgement"


class Message(SealedModel):
    """One immutable sent entry. A trigger refuses every change; the application's role may only insert."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="messages")
    # Whose key seals it; the same as the conversation's, here so that opening needs no join.
    record = models.ForeignKey(VeteranRecord, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=MessageKind.choices, default=MessageKind.MESSAGE)
    number = models.BigIntegerField(unique=True)
    side = models.CharField(max_length=10, choices=Side.choices)
    author_account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    author_staff = models.ForeignKey(StaffMember, on_delete=models.PROTECT, null=True, related_name="+")
    # Name and title of staff as they were when this was sent; empty for the veteran.
    author_name = models.CharField(max_length=200, blank=True)
    author_title = models.CharField(max_length=200, blank=True)
    body_sealed = SealedTextField()
    # What belongs to the message beside its text, where there is any: the answers of a guided form, the
    # personal signature as it was, and the legal signature (messaging.guided, messaging.signing).
    guided_sealed = SealedTextField(null=True)
    signature_sealed = SealedTextField(null=True)
    legal_sealed = SealedTextField(null=True)
    # Links of the health library as they were when this was sent: which page somebody was given to read
    # says something about their health (messaging.library.cards).
    cards_sealed = SealedTextField(null=True)
    possibly_urgent = models.BooleanField(default=False)
    attachment_count = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField()
    # The draft it was: the send's idempotency key, and a keyed digest of what was sent under it.
    draft_id = models.UUIDField(unique=True)
    content_digest = models.BinaryField()

    objects: ClassVar[models.Manager["Message"]]

    class Meta:
        ordering = ("sent_at", "id")
        indexes = (
            models.Index(fields=("conversation", "sent_at", "id"), name="message_thread"),
            # What reports count, of all conversations by instant: without it each would read every body there is.
            models.Index(
                fields=("sent_at",),
                include=("conversation",),
                condition=models.Q(side="veteran"),
                name="message_written",
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(number__gte=1_000_000_000, number__lte=9_999_999_999),
                name="message_number_ten_digits",
            ),
            models.CheckConstraint(
                condition=models.Q(side="veteran", author_staff__isnull=True) | models.Q(side="staff"),
                name="message_author_fits_side",
            ),
        )

    def __str__(self) -> str:
        return f"message {self.id}"

    def sealing_owner(self) -> Owner:
        return Owner(OwnerKind.VETERAN, self.record_id)


class MessageOpening(models.Model):
    """First view of a veteran's message by a care team member: the receipt."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="openings")
    staff = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()

    class Meta:
        ordering = ("opened_at", "id")
        constraints = (models.UniqueConstraint(fields=("message", "staff"), name="opening_once"),)

    def __str__(self) -> str:
        return f"opening {self.pk}"


class InternalNote(SealedModel):
    """A note among staff, never visible to the veteran; immutable like a message."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="notes")
    record = models.ForeignKey(VeteranRecord, on_delete=models.PROTECT, related_name="+")
    author_staff = models.ForeignKey(StaffMember, on_delete=models.PROTECT, related_name="+")
    body_sealed = SealedTextField()
    created_at = models.DateTimeField()
    draft_id = models.UUIDField(unique=True)

    objects: ClassVar[models.Manager["InternalNote"]]

    class Meta:
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return f"note {self.id}"

    def sealing_owner(self) -> Owner:
        return Owner(OwnerKind.VETERAN, self.record_id)
