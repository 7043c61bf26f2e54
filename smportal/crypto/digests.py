"""Keyed digests: equal inputs can be recognised, and nothing else can be learned without the key.

Two rings, because they live differently:

- An SSN's digest is looked up, so its pepper must be known from outside: it is stored next to the
  digest, and a new pepper means loading the feed again (settled questions: keys).
- Other digests carry the id of their key in themselves. Their keys are derived (HKDF) from AUDIT_KEYS,
  not from FIELD_KEYS: field keys go away after a rotation, audit keys stay as long as the trail, so a
  digest can be compared for as long as its row is there.
"""

import hmac

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from smportal.crypto.errors import KeyUnavailableError

DIGEST_BYTES = 32


def ssn_digest(nine_digits: str) -> tuple[str, bytes]:
    """Return the active pepper's id and the SSN's digest (32 bytes) under it.

    Raises ValueError, without the value, for anything but nine ASCII digits.
    """
    pepper_id, pepper = next(iter(settings.SSN_PEPPERS.items()))
    return pepper_id, _ssn(pepper, nine_digits)


def ssn_digests(nine_digits: str) -> list[tuple[str, bytes]]:
    """Return the digests under every pepper, the active one first: to look an SSN up.

    Raises ValueError, without the value, for anything but nine ASCII digits.
    """
    return [(pepper_id, _ssn(pepper, nine_digits)) for pepper_id, pepper in settings.SSN_PEPPERS.items()]


def _ssn(pepper: bytes, nine_digits: str) -> bytes:
    if len(nine_digits) != 9 or not (nine_digits.isascii() and nine_digits.isdigit()):
        raise ValueError("an SSN has nine digits")
    return hmac.digest(pepper, b"smportal-ssn-1|" + nine_digits.encode(), "sha256")


def keyed_digest(purpose: str, data: bytes) -> bytes:
    """Return a digest of `data` that carries its key's id: id length (1 byte), id, HMAC-SHA256 (32 bytes).

    Digests of different purposes cannot be compared with each other. The length of each part of
    `data` is the caller's to make unambiguous.
    """
    key_id, key = next(iter(settings.AUDIT_KEYS.items()))
    return _key_mark(key_id) + hmac.digest(_derived(key, purpose), data, "sha256")


def digest_matches(purpose: str, data: bytes, digest: bytes) -> bool:
    """Tell whether `digest` is `keyed_digest(purpose, data)`, under the key that it names.

    Raises KeyUnavailableError when that key is not in AUDIT_KEYS any more: then nobody can tell.
    """
    digest = bytes(digest)
    mark, mac = digest[:-DIGEST_BYTES], digest[-DIGEST_BYTES:]
    for key_id, key in settings.AUDIT_KEYS.items():
        if mark == _key_mark(key_id):
            return hmac.compare_digest(hmac.digest(_derived(key, purpose), data, "sha256"), mac)
    raise KeyUnavailableError("the key of a digest is not in AUDIT_KEYS")


def _key_mark(key_id: str) -> bytes:
    encoded = key_id.encode()
    return bytes([len(encoded)]) + encoded


def _derived(key: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"smportal-digest-1|" + purpose.encode()).derive(key)
