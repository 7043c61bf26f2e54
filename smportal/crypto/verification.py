"""Opening every sealed value there is: the proof that a backup is worth something."""

import uuid
from collections.abc import Callable, Iterator
from typing import NamedTuple

from django.apps import apps

from smportal.crypto import envelope
from smportal.crypto.errors import CryptoError
from smportal.crypto.fields import SealedModel, SealedTextField, context_of, warm
from smportal.crypto.owner import Owner

BATCH = 500


class SealedValue(NamedTuple):
    """One sealed value and everything that it is bound to."""

    row_id: uuid.UUID
    owner: Owner
    context: str
    sealed: bytes


# What is sealed outside of a SealedModel (e.g. inside JSON of a library's table): functions that yield it.
_sources: list[Callable[[], Iterator[SealedValue]]] = []


def register_source(source: Callable[[], Iterator[SealedValue]]) -> None:
    """Have `verify_sealed` open what `source` yields too; an app's `ready` calls this."""
    if source not in _sources:
        _sources.append(source)


def sealed_models() -> list[type[SealedModel]]:
    """Return every table with sealed columns."""
    return [model for model in apps.get_models() if issubclass(model, SealedModel)]


def sealed_fields(model: type[SealedModel]) -> list[str]:
    """Return the names of a model's sealed columns."""
    fields = model._meta.fields  # noqa: SLF001 - Django's documented interface
    return [field.name for field in fields if isinstance(field, SealedTextField)]


def sealed_values() -> Iterator[SealedValue]:
    """Yield every sealed value, a batch of rows in memory, with their data keys fetched together."""
    for model in sealed_models():
        yield from _values_of(model)
    for source in _sources:
        yield from source()


def _values_of(model: type[SealedModel]) -> Iterator[SealedValue]:
    names = sealed_fields(model)
    rows = model._default_manager.order_by("pk")  # noqa: SLF001 - Django's documented interface
    batch = list(rows[:BATCH])
    while batch:
        warm(batch, *names)
        for row in batch:
            for name in names:
                if (value := getattr(row, name)) is not None:
                    yield SealedValue(row.pk, row.sealing_owner(), context_of(model, name), bytes(value))
        batch = list(rows.filter(pk__gt=batch[-1].pk)[:BATCH])


def unopened(*, progress: Callable[[int], object] = lambda _: None) -> Iterator[str]:
    """Yield a line for every sealed value that does not open; ids only, never a value."""
    # What this process remembers would hide a data key that is not in the database.
    envelope.ciphers.clear()
    for value in sealed_values():
        progress(1)
        try:
            envelope.open_sealed(value.owner, value.context, value.row_id, value.sealed)
        except CryptoError as error:
            yield f"{value.context} of {value.row_id}: {error}"
