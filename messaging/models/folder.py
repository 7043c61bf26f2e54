"""The veteran's own folders, and how many conversations are in each place."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.models import VeteranRecord
from smportal.crypto.fields import SealedModel, SealedTextField
from smportal.crypto.owner import Owner, OwnerKind

NO_FOLDER = uuid.UUID(int=0)


class Folder(SealedModel):
    """A name that a veteran gave to a place. It may tell an illness, so it is sealed like a subject.

    `name_digest` lets the database refuse the same name twice, and nobody read it (docs/adr).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    record = models.ForeignKey(VeteranRecord, on_delete=models.PROTECT, related_name="folders", db_index=False)
    name_sealed = SealedTextField()
    name_digest = models.BinaryField(editable=False)
    created_at = models.DateTimeField()

    objects: ClassVar[models.Manager["Folder"]]

    class Meta:
        ordering = ("created_at", "id")
        constraints = (models.UniqueConstraint(fields=("record", "name_digest"), name="folder_name_once"),)

    def __str__(self) -> str:
        return f"folder {self.id}"

    def sealing_owner(self) -> Owner:
        return Owner(OwnerKind.VETERAN, self.record_id)


class MailboxTally(models.Model):
    """How many conversations of a record lie in one place, and how many of them are unread.

    Only the triggers on the conversation table write it, in the transaction of the change itself: no
    code can forget to, and the application's role has no right to (migration `mailbox_tally`).
    """

    record = models.ForeignKey(VeteranRecord, on_delete=models.PROTECT, related_name="+", db_index=False)
    place = models.CharField(max_length=10)
    # A folder's id, or NO_FOLDER: part of the key, and no foreign key, so that a removed folder needs no order.
    folder_key = models.UUIDField(default=NO_FOLDER)
    total = models.IntegerField()
    unread = models.IntegerField()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("record", "place", "folder_key"), name="tally_one_per_place"),
            models.CheckConstraint(condition=Q(unread__gte=0, unread__lte=F("total")), name="tally_possible"),
        )

    def __str__(self) -> str:
        return f"tally {self.pk}"
