"""Data keys, one per owner, wrapped by a key-encryption key."""

import uuid

from django.db import models


class DataKey(models.Model):
    """A 256-bit key that seals one owner's values. Rotation changes only `wrapped` and `wrapped_by`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner_kind = models.CharField(max_length=10)
    owner_id = models.UUIDField()
    wrapped_by = models.CharField(max_length=32, db_index=True)
    wrapped = models.BinaryField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("owner_kind", "owner_id"), name="data_key_one_per_owner"),)

    def __str__(self) -> str:
        return f"data key {self.id}"
