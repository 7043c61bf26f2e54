"""How a page asks for signatures: the same for a new message and for a reply."""

import uuid
from typing import TypedDict

from messaging import signing


class SigningContext(TypedDict):
    """What templates/messaging/mailbox/signing.html shows."""

    signature: str
    asks_legal: bool


def signing_context(account_id: uuid.UUID | None, *, asks_legal: bool, has_own: bool = True) -> SigningContext:
    """Return the account's signature, and whether the team needs a legal one; no query where it `has_own` none."""
    return SigningContext(signature=signing.signature_of(account_id) if has_own else "", asks_legal=asks_legal)
