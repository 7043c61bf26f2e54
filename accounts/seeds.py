"""Seals the seeds of authenticator apps and recovery codes under their account's data key.

allauth's hooks `encrypt` and `decrypt` get the text only, not whose it is. The owner is therefore
named around them: by `of(account)`, else it is whoever is signed in. A seed that was moved to another
account's row names no owner that could open it, because the owner never comes from the row itself.
"""

import base64
import contextlib
import contextvars
import uuid
from collections.abc import Iterator

from allauth.core import context

from smportal.crypto import envelope
from smportal.crypto.errors import UnsealError
from smportal.crypto.owner import Owner, OwnerKind

CONTEXT = "mfa.Authenticator.data"

_owner: contextvars.ContextVar[uuid.UUID | None] = contextvars.ContextVar("seed_owner", default=None)


@contextlib.contextmanager
def of(account_id: uuid.UUID) -> Iterator[None]:
    """Seal and open seeds as this account's inside the block."""
    token = _owner.set(account_id)
    try:
        yield
    finally:
        _owner.reset(token)


def _whose() -> uuid.UUID:
    if (named := _owner.get()) is not None:
        return named
    request = context.request
    if request is None or not request.user.is_authenticated:
        raise UnsealError("nobody is named whose seed this is")
    account_id: uuid.UUID = request.user.pk
    return account_id


def seal(text: str) -> str:
    """Return the sealed seed as text. Raises UnsealError when nobody is named."""
    account_id = _whose()
    sealed = envelope.seal(Owner(OwnerKind.ACCOUNT, account_id), CONTEXT, account_id, text.encode())
    return base64.b64encode(sealed).decode()


def unseal(sealed: str) -> str:
    """Return the seed. Raises UnsealError for anything but this account's own sealed seed."""
    account_id = _whose()
    try:
        raw = base64.b64decode(sealed, validate=True)
    except ValueError:
        raise UnsealError("this is not a sealed seed") from None
    return envelope.unseal(Owner(OwnerKind.ACCOUNT, account_id), CONTEXT, account_id, raw).decode()
