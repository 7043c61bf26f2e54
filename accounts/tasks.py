"""Background work of accounts."""

from celery import shared_task

from accounts import attempts, sessions


@shared_task(name="accounts.clear_expired_sessions")
def clear_expired_sessions() -> None:
    """Delete what has run out: sessions, notes about them, counts of attempts. Running it twice is harmless."""
    sessions.delete_expired()
    attempts.delete_expired()
