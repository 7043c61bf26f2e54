"""Sealed columns on models: nothing opens by itself, a caller asks for it by name."""

import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import models

from smportal.crypto.owner import Owner

if TYPE_CHECKING:
    from smportal.crypto.envelope import SealingKey


class SealedTextField(models.BinaryField):  # type: ignore[type-arg]
    """A sealed text. Its attribute is ciphertext; use the model's `seal_text` and `unseal_text`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)


class SealedModel(models.Model):
    """A row with sealed columns. It needs an `id` that the application made before the INSERT."""

    id: Any

    class Meta:
        abstract = True

    def sealing_owner(self) -> Owner:
        """Return whose data key seals this row."""
        raise NotImplementedError

    def seal_text(self, field: str, text: str, *, key: "SealingKey | None" = None) -> None:
        """Seal `text` into the column `field`; the caller saves. `key` is the owner's, if it is at hand already."""
        from smportal.crypto import envelope

        context = context_of(type(self), field)
        setattr(self, field, envelope.seal(self.sealing_owner(), context, self._row_id(), text.encode(), key=key))

    def unseal_text(self, field: str) -> str:
        """Return the text of column `field`; an empty column is an empty text.

        Raises UnsealError when the value was tampered with or moved.
        """
        from smportal.crypto import envelope

        value = getattr(self, field)
        if value is None:
            return ""
        return envelope.unseal(
            self.sealing_owner(), context_of(type(self), field), self._row_id(), bytes(value)
        ).decode()

    def _row_id(self) -> uuid.UUID:
        if not isinstance(self.id, uuid.UUID):
            raise TypeError("a sealed row needs a UUID made by the application")
        return self.id


def context_of(model: type[SealedModel], field: str) -> str:
    """Return what a column's values are bound to besides row and owner: "app.Model.field".

    Raises django.core.exceptions.FieldDoesNotExist and TypeError for a name that is no sealed column:
    a typo would seal under a context that nothing can open.
    """
    meta = model._meta  # noqa: SLF001 - Django's documented interface
    found = meta.get_field(field)
    if not isinstance(found, SealedTextField):
        raise TypeError(f"{field} is not a sealed column")
    return f"{meta.label}.{found.name}"


def warm(rows: Iterable[SealedModel], *fields: str) -> None:
    """Fetch the data keys that these rows' columns need, in one query."""
    from smportal.crypto import envelope

    envelope.warm(getattr(row, field) for row in rows for field in fields)
