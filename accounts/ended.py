"""The memory of sessions that a limit ended (domain rules, section 2).

A form that arrives after its session's end is kept as a draft, but only if a limit ended that session:
not after a sign-out, and not after anything that ends all sessions of the account.
"""

import datetime as dt
import uuid

from django.conf import settings
from django.utils.crypto import salted_hmac

from accounts.models import EndedSession
from smportal import clock


def digest_of(session_key: str) -> str:
    """Return a keyed digest of a session's key: names the session, opens nothing."""
    return salted_hmac("accounts.ended", session_key, algorithm="sha256").hexdigest()


def remember(account_id: uuid.UUID, session_key: str, reason: str) -> None:
    """Note that a limit ended this session; of two requests at once both may."""
    row = EndedSession(digest=digest_of(session_key), account_id=account_id, reason=reason, ended_at=clock.now())
    EndedSession.objects.bulk_create([row], ignore_conflicts=True)


def by_limit(account_id: uuid.UUID, digest: str) -> bool:
    """Tell whether a limit ended this session of this account within the last 12 hours."""
    return EndedSession.objects.filter(digest=digest, account_id=account_id, ended_at__gt=_oldest()).exists()


def forget_account(account_id: uuid.UUID) -> None:
    """Forget the account's ended sessions: what was written in them can no longer be kept."""
    EndedSession.objects.filter(account_id=account_id).delete()


def delete_expired() -> int:
    """Delete what no ticket can refer to any more; return how many."""
    deleted, _ = EndedSession.objects.filter(ended_at__lte=_oldest()).delete()
    return deleted


def _oldest() -> dt.datetime:
    return clock.now() - dt.timedelta(seconds=settings.SESSION_ABSOLUTE_SECONDS)
