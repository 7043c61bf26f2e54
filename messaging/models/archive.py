"""Everything that a veteran may take along, made ahead: documents in rows, sealed, gone after a day.

Files stay where they are, encrypted under their own keys: an archive only lists them.
"""

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


class Archive(SealedModel):
    """One request for everything. Its rows say how far it has come, so that any worker can go on with it.

    A worker claims it by moving `next_attempt_at` (its lease) ahead; `attempts` counts claims since the
    last file or conversation that was finished.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    record = models.ForeignKey(VeteranRecord, on_delete=models.PROTECT, related_name="archives")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="archives")
    # The veteran's record and those merged into it, as they were when this was asked for.
    record_ids = ArrayField(models.UUIDField())
    state = models.CharField(max_length=10, choices=ArchiveState.choices, default=ArchiveState.MAKING)
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    # Files that were ready when this was asked for, and those of them that have been looked through.
    files_total = models.PositiveIntegerField(default=0, db_default=0)
    files_done = models.PositiveIntegerField(default=0, db_default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    # When the veteran first went past the notice about protecting a copy; only then the file follows.
    taken_at = models.DateTimeField(null=True)
    # The page from which everything else in the archive is opened: messaging.records.archive.contents.
    index_sealed = SealedTextField(null=True)

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

    def sealing_owner(self) -> Owner:
        return Owner(OwnerKind.VETERAN, self.record_id)


class ArchivePart(SealedModel):
    """One conversation: its documents, and the list of its files, sealed under the veteran's key.

    The documents come last, once every file of it has been looked through: they say which are in the archive.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    archive = models.ForeignKey(Archive, on_delete=models.CASCADE, related_name="parts")
    record = models.ForeignKey(VeteranRecord, on_delete=models.PROTECT, related_name="+")
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="+")
    listing_sealed = SealedTextField()
    text_sealed = SealedTextField(null=True)
    pdf_sealed = SealedTextField(null=True)
    is_done = models.BooleanField(default=False, db_default=False)

    objects: ClassVar[models.Manager["ArchivePart"]]

    class Meta:
        ordering = ("archive", "id")
        constraints = (models.UniqueConstraint(fields=("archive", "conversation"), name="archive_part_once"),)

    def __str__(self) -> str:
        return f"archive part {self.id}"

    def sealing_owner(self) -> Owner:
        return Owner(OwnerKind.VETERAN, self.record_id)
