"""Background work of accounts."""

from accounts import attempts, sessions
from smportal.jobs.running import scheduled


@scheduled("accounts.clear_expired_sessions")
def clear_expired_sessions() -> int:
    """Delete what has run out: sessions, notes about them, counts of attempts. Running it twice is harmless."""
    return sessions.delete_expired() + attempts.delete_expired()
