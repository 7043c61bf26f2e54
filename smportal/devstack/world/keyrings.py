"""Passwords and authenticator seeds of people who do not exist: fixed, one for each, easy to type."""

import base64
import hashlib

_FIRST = (
    "amber",
    "brisk",
    "copper",
    "gentle",
    "golden",
    "harbor",
    "hollow",
    "maple",
    "misty",
    "quiet",
    "silver",
    "steady",
    "sunny",
    "velvet",
    "winding",
)
_SECOND = (
    "anchor",
    "bridge",
    "canyon",
    "garden",
    "lantern",
    "meadow",
    "orchard",
    "otter",
    "prairie",
    "river",
    "saddle",
    "sparrow",
    "thunder",
    "willow",
)
_THIRD = (
    "almond",
    "basket",
    "candle",
    "feather",
    "hammock",
    "kettle",
    "ladder",
    "marble",
    "needle",
    "pebble",
    "ribbon",
    "teapot",
    "window",
    "wagon",
)


def password(key: str) -> str:
    """Return somebody's password: three words and a number, at least 15 characters."""
    draw = hashlib.sha256(f"password of {key}".encode()).digest()
    words = (_FIRST[draw[0] % len(_FIRST)], _SECOND[draw[1] % len(_SECOND)], _THIRD[draw[2] % len(_THIRD)])
    return f"{'-'.join(words)}-{10 + draw[3] % 90}"


def totp_secret(key: str) -> str:
    """Return the seed of somebody's authenticator app, base32."""
    return base64.b32encode(hashlib.sha256(f"authenticator of {key}".encode()).digest()[:20]).decode()
