"""What a feed load did, and the rows it set aside."""

import uuid
from typing import ClassVar

from django.db import models

from accounts.models import Account
from smportal.crypto.fields import SealedModel, SealedTextField
from smportal.crypto.owner import Owner, OwnerKind

# Rows that belong to no person are sealed under one key of the system's.
SYSTEM_OWNER = Owner(OwnerKind.SYSTEM, uuid.UUID(int=0))


class FeedLoad(models.Model):
    """One run over one file."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20)
    file_sha256 = models.CharField(max_length=64, blank=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    started_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    quarantined = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("-started_at",)

    def __str__(self) -> str:
        return f"{self.kind} load {self.id}"


class QuarantinedRow(SealedModel):
    """A row that was not applied: its physical line, the reason, and the row itself, sealed, with the SSN replaced."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    load = models.ForeignKey(FeedLoad, on_delete=models.CASCADE, related_name="quarantine")
    line = models.PositiveBigIntegerField()
    reason = models.CharField(max_length=200)
    # Empty when the row could not be parsed: then only the hash tells repeats apart. The hash is keyed,
    # since the rest of a row gives an SSN away to whoever may try them all.
    row_sealed = SealedTextField(null=True)
    row_sha256 = models.CharField(max_length=64)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("load", "line")
        # A row that is set aside again and again is kept once.
        indexes = (
            models.Index(fields=("row_sha256",), name="quarantine_open", condition=models.Q(resolved_at__isnull=True)),
        )

    objects: ClassVar[models.Manager["QuarantinedRow"]]

    def __str__(self) -> str:
        return f"quarantined line {self.line}"

    def sealing_owner(self) -> Owner:
        return SYSTEM_OWNER
