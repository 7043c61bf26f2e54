"""What is remembered of a session that a limit ended, so that a form from it can still be kept."""

from typing import ClassVar

from django.db import models

from accounts.models.account import Account


class EndedSession(models.Model):
    """One session that the idle or the absolute limit ended. The digest is keyed: no session key is kept.

    A sign-out leaves none, and whatever ends all sessions of an account deletes the account's.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="ended_sessions")
    reason = models.CharField(max_length=20)
    ended_at = models.DateTimeField(db_index=True)

    objects: ClassVar[models.Manager["EndedSession"]]

    def __str__(self) -> str:
        return f"session ended at {self.ended_at}"
