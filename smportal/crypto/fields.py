"""Sealed columns on models: nothing opens by itself, a caller asks for it by name."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.db import models

from smportal.crypto.owner import Owner


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

    def _context(self, field: str) -> str:
        # The field must exist: a typo would seal under a context that nothing can open.
        return f"{self._meta.label}.{self._meta.get_field(field).name}"

    def seal_text(self, field: str, text: str) -> None:
        """Seal `text` into the column `field`; the caller saves."""
        from smportal.crypto import envelope

        setattr(self, field, envelope.seal(self.sealing_owner(), self._context(field), self._row_id(), text.encode()))

    def unseal_text(self, field: str) -> str:
        """Return the text of column `field`; an empty column is an empty text.

        Raises UnsealError when the value was tampered with or moved.
        """
        from smportal.crypto import envelope

        value = getattr(self, field)
        if value is None:
            return ""
        return envelope.unseal(self.sealing_owner(), self._context(field), self._row_id(), bytes(value)).decode()

    def _row_id(self) -> uuid.UUID:
        if not isinstance(self.id, uuid.UUID):
            raise TypeError("a sealed row needs a UUID made by the application")
        return self.id


def warm(rows: Iterable[SealedModel], *fields: str) -> None:
    """Fetch the data keys that these rows' columns need, in one query."""
    from smportal.crypto import envelope

    envelope.warm(getattr(row, field) for row in rows for field in fields)
