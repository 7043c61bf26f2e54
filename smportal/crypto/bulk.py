"""Opening many values of one column: what search does for a whole mailbox.

The same format, binding and alarm as `envelope.unseal`; what differs is that the work which all values of a
column share (the key's look-up, the fixed parts of the additional data) is done once and not for each.
"""

import uuid

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from smportal.crypto import envelope
from smportal.crypto.envelope import HEADER_BYTES, KEY_ID_BYTES, NONCE_BYTES, TAG_BYTES, VERSION
from smportal.crypto.owner import Owner

_NONCE_AT = HEADER_BYTES - NONCE_BYTES


class ColumnOpener:
    """Opens values of one column. Make one for each request: it remembers data keys and never forgets them."""

    def __init__(self, context: str) -> None:
        self._context = context
        self._before = bytes([VERSION]) + b"|" + context.encode() + b"|"
        self._owner: Owner | None = None
        self._behind = b""
        self._ciphers: dict[bytes, AESGCM | None] = {}

    def open(self, owner: Owner, row_id: uuid.UUID, sealed: bytes) -> bytes:
        """Return the plaintext. Raises, after the alarm, what `envelope.unseal` raises."""
        key = sealed[1 : 1 + KEY_ID_BYTES]
        cipher = self._ciphers[key] if key in self._ciphers else self._cipher(key)
        if owner is not self._owner:
            self._owner, self._behind = owner, b"|" + owner.kind.encode() + b"|" + owner.id.bytes
        if cipher is not None and sealed[0] == VERSION and len(sealed) >= HEADER_BYTES + TAG_BYTES:
            data = self._before + row_id.bytes + self._behind
            try:
                return cipher.decrypt(sealed[_NONCE_AT:HEADER_BYTES], sealed[HEADER_BYTES:], data)
            except InvalidTag:
                pass
        # A key that is not at hand yet, or a value that does not open: the one place that says why.
        plaintext = envelope.unseal(owner, self._context, row_id, sealed)
        self._ciphers.pop(key, None)
        return plaintext

    def _cipher(self, key: bytes) -> AESGCM | None:
        found = envelope.ciphers.get(uuid.UUID(bytes=key)) if len(key) == KEY_ID_BYTES else None
        self._ciphers[key] = found
        return found
