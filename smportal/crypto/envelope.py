"""Sealing and opening values under their owner's data key."""

import contextlib
import logging
import os
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Collection, Iterable
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db.models import Q

from smportal import clock
from smportal.crypto import keyring
from smportal.crypto.errors import CryptoError, UnsealError
from smportal.crypto.models import DataKey
from smportal.crypto.owner import Owner, OwnerKind

logger = logging.getLogger(__name__)

VERSION = 1
KEY_ID_BYTES = 16
NONCE_BYTES = 12
HEADER_BYTES = 1 + KEY_ID_BYTES + NONCE_BYTES
TAG_BYTES = 16


class _CipherCache:
    """Unwrapped data keys by id, bounded and short-lived, so that one page costs no query per row.

    Only opening relies on it. Sealing asks the database each time which key is the owner's: a key made
    in a transaction that was rolled back, or missing from a restored database, must never seal again.
    """

    SIZE = 2_000
    SECONDS = 300.0

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything, with a lock of its own: a forked child may inherit a held one."""
        self._entries: OrderedDict[uuid.UUID, tuple[float, AESGCM]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key_id: uuid.UUID) -> AESGCM | None:
        with self._lock:
            entry = self._entries.get(key_id)
            if entry is None or time.monotonic() - entry[0] > self.SECONDS:
                self._entries.pop(key_id, None)
                return None
            self._entries.move_to_end(key_id)
            return entry[1]

    def put(self, key_id: uuid.UUID, cipher: AESGCM) -> None:
        with self._lock:
            self._entries[key_id] = (time.monotonic(), cipher)
            while len(self._entries) > self.SIZE:
                self._entries.popitem(last=False)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()


ciphers = _CipherCache()
os.register_at_fork(after_in_child=ciphers.reset)


def _unwrap(key: DataKey) -> AESGCM:
    binding = keyring.wrap_binding(key.id, key.owner_kind, key.owner_id)
    cipher = AESGCM(keyring.provider().unwrap(key.wrapped_by, bytes(key.wrapped), binding))
    ciphers.put(key.id, cipher)
    return cipher


class SealingKey(NamedTuple):
    """An owner's data key, for sealing several values in one transaction with one look-up."""

    id: uuid.UUID
    cipher: AESGCM


def sealing_key(owner: Owner) -> SealingKey:
    """Return the owner's data key, made now if there is none. Safe when two requests make it at once.

    Use it only within the transaction that asked for it. Raises as `seal` does.
    """
    return sealing_keys([owner])[owner]


def sealing_keys(owners: Collection[Owner]) -> dict[Owner, SealingKey]:
    """Return what `sealing_key` does for many owners, with one query where all have a key already."""
    try:
        keys = _keys_of(owners)
        # In one order, so that two that make the same keys at once never wait for each other in a circle.
        if missing := sorted(set(owners) - keys.keys()):
            _make_keys(missing)
            keys |= _keys_of(missing)
        return {owner: SealingKey(key.id, ciphers.get(key.id) or _unwrap(key)) for owner, key in keys.items()}
    except CryptoError as error:
        first = next(iter(owners))
        _alarm("seal_failed", error, f"data key of {first.kind}", first.id)
        raise


def _keys_of(owners: Collection[Owner]) -> dict[Owner, DataKey]:
    wanted = Q(pk__in=[])
    for kind in {owner.kind for owner in owners}:
        wanted |= Q(owner_kind=kind, owner_id__in=[owner.id for owner in owners if owner.kind == kind])
    return {Owner(OwnerKind(key.owner_kind), key.owner_id): key for key in DataKey.objects.filter(wanted)}


def _make_keys(owners: Collection[Owner]) -> None:
    # Conflicts ignored: of two that make an owner's first key at once, both go on with the same one.
    DataKey.objects.bulk_create([_new_key(owner) for owner in owners], ignore_conflicts=True)


def _new_key(owner: Owner) -> DataKey:
    key_id = uuid.uuid4()
    wrapped_by, wrapped = keyring.provider().wrap(
        AESGCM.generate_key(bit_length=256), keyring.wrap_binding(key_id, owner.kind, owner.id)
    )
    return DataKey(
        id=key_id,
        owner_kind=owner.kind,
        owner_id=owner.id,
        wrapped_by=wrapped_by,
        wrapped=wrapped,
        created_at=clock.now(),
    )


def _additional_data(owner: Owner, context: str, row_id: uuid.UUID) -> bytes:
    return b"|".join((bytes([VERSION]), context.encode(), row_id.bytes, owner.kind.encode(), owner.id.bytes))


def seal(owner: Owner, context: str, row_id: uuid.UUID, plaintext: bytes, *, key: SealingKey | None = None) -> bytes:
    """Return the sealed value. `context` is "app.Model.field"; `row_id` the row's own id; `key` the owner's, if at hand.

    Seal in the transaction that saves the row: the owner's first data key is made in it.
    Raises KeyUnavailableError when no key-encryption key is there, UnsealError when the owner's data
    key was tampered with; both raise the alarm in the log.
    """
    key_id, cipher = key or sealing_key(owner)
    nonce = os.urandom(NONCE_BYTES)
    sealed = cipher.encrypt(nonce, plaintext, _additional_data(owner, context, row_id))
    return bytes([VERSION]) + key_id.bytes + nonce + sealed


def unseal(owner: Owner, context: str, row_id: uuid.UUID, sealed: bytes) -> bytes:
    """Return the plaintext.

    Raises UnsealError for anything but exactly what was sealed here, KeyUnavailableError when its
    key-encryption key is away; both raise the alarm in the log.
    """
    try:
        return open_sealed(owner, context, row_id, sealed)
    except CryptoError as error:
        _alarm("unseal_failed", error, context, row_id)
        raise


def open_sealed(owner: Owner, context: str, row_id: uuid.UUID, sealed: bytes) -> bytes:
    """Do what `unseal` does without the alarm: for commands that list what does not open."""
    key_id = _key_id(sealed)
    cipher = ciphers.get(key_id)
    if cipher is None:
        key = DataKey.objects.filter(id=key_id).first()
        if key is None:
            raise UnsealError("the data key is not there")
        cipher = _unwrap(key)
    nonce, body = sealed[HEADER_BYTES - NONCE_BYTES : HEADER_BYTES], sealed[HEADER_BYTES:]
    try:
        return cipher.decrypt(nonce, body, _additional_data(owner, context, row_id))
    except InvalidTag:
        raise UnsealError("a sealed value does not open") from None


def _alarm(event: str, error: CryptoError, context: str, row_id: uuid.UUID) -> None:
    logger.error(
        "security alert: a key or a sealed value failed",
        extra={"event": event, "error": type(error).__name__, "kind": context, "object_id": str(row_id)},
    )


def _key_id(sealed: bytes) -> uuid.UUID:
    if len(sealed) < HEADER_BYTES + TAG_BYTES or sealed[0] != VERSION:
        raise UnsealError("this is not a sealed value")
    return uuid.UUID(bytes=bytes(sealed[1 : 1 + KEY_ID_BYTES]))


def warm(sealed_values: Iterable[bytes | None]) -> None:
    """Fetch the data keys of many sealed values in one query, before opening them one by one.

    What cannot be fetched is left out: opening that one value says why, and the others stay readable.
    """
    missing = set()
    for value in sealed_values:
        with contextlib.suppress(UnsealError):
            if value and ciphers.get(key_id := _key_id(bytes(value))) is None:
                missing.add(key_id)
    if not missing:
        return
    for key in DataKey.objects.filter(id__in=missing):
        with contextlib.suppress(CryptoError):
            _unwrap(key)
