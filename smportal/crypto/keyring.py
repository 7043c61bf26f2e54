"""Key-encryption keys: they wrap data keys and never touch a message."""

import os
import uuid
from functools import cache
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from smportal.crypto.errors import KeyUnavailableError, UnsealError

NONCE_BYTES = 12


class KeyProvider(Protocol):
    """Where key-encryption keys live: this environment, or a service such as AWS KMS or Vault.

    `binding` is authenticated with the wrapped key; unwrapping with another binding fails.
    Implementations raise KeyUnavailableError when the key or the service is away and
    UnsealError when the wrapped key was tampered with.
    """

    @property
    def active_key_id(self) -> str:
        """Return the id of the key that wraps new data keys."""
        ...

    def wrap(self, data_key: bytes, binding: bytes) -> tuple[str, bytes]:
        """Return the active key's id and the wrapped data key."""
        ...

    def unwrap(self, key_id: str, wrapped: bytes, binding: bytes) -> bytes:
        """Return the data key (32 bytes)."""
        ...


class EnvironmentKeyring:
    """Named 256-bit keys from FIELD_KEYS, the first one active."""

    def __init__(self, keys: dict[str, bytes]) -> None:
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._active = next(iter(keys))

    @property
    def active_key_id(self) -> str:
        return self._active

    def wrap(self, data_key: bytes, binding: bytes) -> tuple[str, bytes]:
        nonce = os.urandom(NONCE_BYTES)
        return self._active, nonce + self._ciphers[self._active].encrypt(nonce, data_key, binding)

    def unwrap(self, key_id: str, wrapped: bytes, binding: bytes) -> bytes:
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise KeyUnavailableError(f"key-encryption key {key_id} is not in FIELD_KEYS")
        try:
            return cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], binding)
        except (InvalidTag, ValueError):
            raise UnsealError("a data key does not unwrap") from None


@cache
def provider() -> KeyProvider:
    """Return the configured provider; tests clear the cache after changing FIELD_KEYS."""
    return EnvironmentKeyring(settings.FIELD_KEYS)


def wrap_binding(data_key_id: uuid.UUID, owner_kind: str, owner_id: uuid.UUID) -> bytes:
    """Return what a wrapped data key is bound to: its own row and owner."""
    return b"data-key|" + data_key_id.bytes + b"|" + owner_kind.encode() + b"|" + owner_id.bytes
