"""Everything that a veteran may take along, made ahead: documents in rows, sealed, gone after a day."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import Account, VeteranRecord
from messaging.models.conversation import Conversation
from smportal.crypto.fields import SealedModel, SealedTextField
from smportal.crypto.owner import Owner, OwnerKind


class ArchiveState(models.TextChoices):
    """Where an archive stands."""

    MAKING = "making", "Being made"
    READY = "ready", "Ready"
    FAILED = "failed", "Could not be made"
    GONE = "gone", "Deleted"


class Archive(models.Model):
    """One request for everything. Its rows say how far it has come, so that any worker can go on with it.

    A worker claims it by moving `next_attempt_at` (its lease) ahead; `attempts` counts claims since the
    last conversation that was finished.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    record = models.ForeignKey(VeteranRecord, on_delete=models.PROTECT, related_name="archives")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="archives")
    # The veteran's record and those merged into it, as they were when this was asked for.
    record_ids = ArrayField(models.UUIDField())
    state = models.CharField(max_length=10, choices=ArchiveState.choices, default=ArchiveState.MAKING)
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["Archive"]]

    class Meta:
        ordering = ("-requested_at", "-id")
        indexes = (
            models.Index(fields=("next_attempt_at",), condition=Q(state="making"), name="archive_to_make"),
            models.Index(fields=("expires_at",), condition=Q(state="ready"), name="archive_to_delete"),
            models.Index(fields=("record", "-requested_at"), name="archive_latest"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(state__in=ArchiveState.values), name="archive_state_known"),
            models.UniqueConstraint(fields=("record",), condition=Q(state="making"), name="archive_one_at_a_time"),
        )

    def __str__(self) -> str:
        return f"archive {self.id}"


class ArchivePart(SealedModel):
    """One conversation's documents, sealed under the veteran's key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    archive = models.ForeignKey(Archive, on_delete=models.CASCADE, related_name="parts")
    record = models.ForeignKey(VeteranRecord, on_delete=models.PROTECT, related_name="+")
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="+")
    text_sealed = SealedTextField()
    pdf_sealed = SealedTextField()

    objects: ClassVar[models.Manager["ArchivePart"]]

    class Meta:
        ordering = ("archive", "id")
        constraints = (models.UniqueConstraint(fields=("archive", "conversation"), name="archive_part_once"),)

    def __str__(self) -> str:
        return f"archive part {self.id}"

    def sealing_owner(self) -> Owner:
        return Owner(OwnerKind.VETERAN, self.record_id)
