"""Appending events. The contract that every action uses; the storage is smportal.audit.models."""

import uuid
from collections.abc import Mapping, Sequence

from smportal.actor import Actor
from smportal.audit.actions import Deed

Detail = str | int | bool | None | Sequence[str] | Sequence[int]


def record(
    *,
    actor: Actor,
    deed: Deed,
    subject_id: uuid.UUID | None = None,
    object_kind: str = "",
    object_id: uuid.UUID | str | int | None = None,
    reason: str = "",
    details: Mapping[str, Detail] | None = None,
) -> None:
    """Append one event in the current transaction.

    `subject_id` is the veteran record that the deed is about; `object_kind`/`object_id` the thing;
    `reason` a stable code or a reason that an administrator gave; `details` ids, codes and old/new
    values of fields that are not private. Raises django.db.DatabaseError when the event cannot be
    written: then the deed does not happen either.
    """
    raise NotImplementedError
