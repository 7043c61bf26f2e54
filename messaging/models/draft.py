"""Unsent texts."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Account, VeteranRecord
from eligibility.models import CareTeam
from messaging.models.conversation import Category, Conversation, Side
from smportal.crypto.fields import SealedModel, SealedTextField
from smportal.crypto.owner import Owner, OwnerKind


class Draft(SealedModel):
    """A new message or a reply before it is sent. Its id is the send's idempotency key.

    A reply draft belongs to the conversation: one for the veteran, one shared by the team.
    `version` grows with every save; a save that names an older one is refused.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    side = models.CharField(max_length=10, choices=Side.choices)
    author = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="drafts")
    record = models.ForeignKey(VeteranRecord, on_delete=models.PROTECT, related_name="drafts")
    conversation = models.ForeignKey(
        Conversation, on_delete=models.PROTECT, null=True, blank=True, related_name="drafts"
    )
    team = models.ForeignKey(CareTeam, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # What the conversation that this will start refers to; see Conversation.
    continues = models.ForeignKey(Conversation, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    copy_of = models.ForeignKey("Message", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    category = models.CharField(max_length=20, choices=Category.choices, blank=True)
    subject_sealed = SealedTextField(null=True)
    body_sealed = SealedTextField(null=True)
    guided_sealed = SealedTextField(null=True)
    with_signature = models.BooleanField(default=False, db_default=False)
    legal_name_sealed = SealedTextField(null=True)
    legal_certified = models.BooleanField(default=False, db_default=False)
    # Ids of the health library's links, apart by spaces; only in what staff write.
    links_sealed = SealedTextField(null=True)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    # Deleted by its writer: kept for a while so that this can be undone (mailbox.discarding).
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager["Draft"]]

    class Meta:
        ordering = ("-updated_at", "-id")
        indexes = (
            models.Index(
                fields=("record", "side", "-updated_at", "-id"),
                condition=Q(deleted_at__isnull=True),
                name="draft_list",
            ),
            models.Index(fields=("deleted_at", "id"), condition=Q(deleted_at__isnull=False), name="draft_deleted"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("conversation", "side"),
                condition=Q(conversation__isnull=False, deleted_at__isnull=True),
                name="draft_one_reply_per_side",
            ),
            # What a member has begun to write to a veteran for a team: one text, however often it is begun.
            models.UniqueConstraint(
                fields=("author", "team", "record"),
                condition=Q(side="staff", conversation__isnull=True, deleted_at__isnull=True),
                name="draft_one_start",
            ),
        )

    def __str__(self) -> str:
        return f"draft {self.id}"

    def sealing_owner(self) -> Owner:
        return Owner(OwnerKind.VETERAN, self.record_id)
