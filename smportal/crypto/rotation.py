"""Wrapping data keys anew under the active key: sealed values stay as they are, and readable throughout."""

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.db import transaction

from smportal.actor import Actor
from smportal.audit.actions import Deed
from smportal.audit.recording import Detail, record
from smportal.crypto import keyring
from smportal.crypto.errors import CryptoError
from smportal.crypto.models import DataKey

BATCH = 500


@dataclass
class Outcome:
    """What a run did; `broken` names data keys that do not unwrap, and why."""

    rotated: int = 0
    broken: list[str] = field(default_factory=list)


def counts() -> dict[str, int]:
    """Return how many data keys each key-encryption key wraps."""
    return dict(sorted(Counter(DataKey.objects.values_list("wrapped_by", flat=True).iterator()).items()))


def stale() -> int:
    """Return how many data keys are not wrapped by the active key."""
    return DataKey.objects.exclude(wrapped_by=keyring.provider().active_key_id).count()


def rotate(*, actor: Actor, progress: Callable[[int], object] = lambda _: None) -> Outcome:
    """Wrap every stale data key anew, a batch in a transaction with its audit event.

    Can be cut off and run again, and run while the application works. A key that does not unwrap is
    left as it is. Raises django.db.DatabaseError; finished batches stay.
    """
    outcome = Outcome()
    after = uuid.UUID(int=0)
    while True:
        found, after = _rotate_batch(actor, after, outcome)
        if not found:
            return outcome
        progress(found)


@transaction.atomic
def _rotate_batch(actor: Actor, after: uuid.UUID, outcome: Outcome) -> tuple[int, uuid.UUID]:
    active = keyring.provider().active_key_id
    # Rows that another run holds are that run's.
    keys = list(
        DataKey.objects.select_for_update(skip_locked=True)
        .exclude(wrapped_by=active)
        .filter(id__gt=after)
        .order_by("id")[:BATCH]
    )
    if not keys:
        return 0, after
    before = Counter(key.wrapped_by for key in keys)
    done = [key for key in keys if _wrap_anew(key, outcome)]
    if done:
        DataKey.objects.bulk_update(done, ["wrapped", "wrapped_by"])
        details: dict[str, Detail] = {"count": len(done), "from": sorted(before), "to": active}
        record(actor=actor, deed=Deed.KEYS_ROTATED, object_kind="field_key", object_id=active, details=details)
    outcome.rotated += len(done)
    return len(keys), keys[-1].id


def _wrap_anew(key: DataKey, outcome: Outcome) -> bool:
    binding = keyring.wrap_binding(key.id, key.owner_kind, key.owner_id)
    try:
        data_key = keyring.provider().unwrap(key.wrapped_by, bytes(key.wrapped), binding)
        key.wrapped_by, key.wrapped = keyring.provider().wrap(data_key, binding)
    except CryptoError as error:
        outcome.broken.append(_line(key, error))
        return False
    return True


def broken_keys(*, progress: Callable[[int], object] = lambda _: None) -> Iterator[str]:
    """Yield a line for every data key that does not unwrap; reads only."""
    for key in DataKey.objects.order_by("id").iterator(chunk_size=BATCH):
        progress(1)
        binding = keyring.wrap_binding(key.id, key.owner_kind, key.owner_id)
        try:
            keyring.provider().unwrap(key.wrapped_by, bytes(key.wrapped), binding)
        except CryptoError as error:
            yield _line(key, error)


def _line(key: DataKey, error: CryptoError) -> str:
    return f"data key {key.id} of {key.owner_kind} {key.owner_id}, wrapped by {key.wrapped_by}: {error}"
