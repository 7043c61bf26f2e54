"""The code that an authenticator app shows now: for people who try the demo, and for its pictures."""

import base64
import hmac
import time

STEP_SECONDS = 30


def code_now(secret: str) -> str:
    """Return the six digits (RFC 6238, RFC 4226) for a base32 seed at the machine's clock."""
    step = int(time.time()) // STEP_SECONDS
    digest = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 15
    return f"{(int.from_bytes(digest[offset : offset + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"
