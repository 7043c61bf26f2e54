"""Files that come with messages: rows here, encrypted bytes in the directory of the settings."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Account, VeteranRecord
from messaging.models.conversation import Conversation, Side
from messaging.models.message import Message
from smportal.crypto.fields import SealedModel, SealedTextField
from smportal.crypto.owner import Owner, OwnerKind


class AttachmentState(models.TextChoices):
    """Where a file stands. Only a ready one is ever handed out."""

    CHECKING = "checking", "Checking"
    # The scanner gave no clear answer: asked again, never treated as clean.
    HELD = "held", "Held"
    READY = "ready", "Ready"
    REFUSED = "refused", "Refused"


class Attachment(SealedModel):
    """One file of a draft, later of the message that the draft became.

    Unbound (`message` empty) it belongs to the draft with `draft_id`, or, on the team's side, to the one
    answer that the team writes in `conversation`. Once bound, a trigger lets only the scan's outcome change.
    A refused file has no bytes and no key any more.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    record = models.ForeignKey(VeteranRecord, on_delete=models.PROTECT, related_name="+")
    side = models.CharField(max_length=10, choices=Side.choices)
    uploaded_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    # No foreign key: files may come before the draft's first save, and the draft goes when it is sent.
    draft_id = models.UUIDField()
    # The page's own name for one upload: tried again after a lost answer, it is the same file.
    upload_key = models.UUIDField(null=True)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, null=True, related_name="attachments")
    message = models.ForeignKey(Message, on_delete=models.PROTECT, null=True, related_name="attachments")
    name_sealed = SealedTextField()
    # The file's own key and the digest of its content; see messaging.attachments.secrets.
    secret_sealed = SealedTextField(null=True)
    # The kind that its content shows, such as "pdf" (messaging.attachments.kinds).
    kind = models.CharField(max_length=10, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    # Bytes of the small picture, made by the server after the scan; 0 for none.
    thumbnail_size = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=AttachmentState.choices, default=AttachmentState.CHECKING)
    # Why it was refused: a code of messaging.attachments.refusals.
    refusal = models.CharField(max_length=20, blank=True)
    created_at = models.DateTimeField()
    # When the scanner is asked (again); a worker claims a file by moving it ahead.
    next_scan_at = models.DateTimeField()
    scan_attempts = models.PositiveIntegerField(default=0)
    scanned_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["Attachment"]]

    class Meta:
        ordering = ("created_at", "id")
        indexes = (
            models.Index(fields=("message", "created_at", "id"), name="attachment_of_message"),
            models.Index(fields=("draft_id",), name="attachment_of_draft"),
            models.Index(
                fields=("conversation", "side"), condition=Q(message__isnull=True), name="attachment_of_answer"
            ),
            models.Index(fields=("uploaded_by",), condition=Q(message__isnull=True), name="attachment_unsent"),
            models.Index(fields=("record", "-created_at"), name="attachment_of_record"),
            models.Index(
                fields=("next_scan_at",), condition=Q(state__in=("checking", "held")), name="attachment_to_scan"
            ),
        )
        constraints = (
            models.CheckConstraint(condition=Q(state__in=AttachmentState.values), name="attachment_state_known"),
            models.CheckConstraint(
                condition=Q(state="refused", secret_sealed__isnull=True) & ~Q(refusal="")
                | ~Q(state="refused") & Q(secret_sealed__isnull=False, refusal=""),
                name="attachment_refused_has_no_bytes",
            ),
            models.CheckConstraint(
                condition=Q(message__isnull=True) | Q(conversation__isnull=False),
                name="attachment_bound_to_conversation",
            ),
        )

    def __str__(self) -> str:
        return f"attachment {self.id}"

    def sealing_owner(self) -> Owner:
        return Owner(OwnerKind.VETERAN, self.record_id)
