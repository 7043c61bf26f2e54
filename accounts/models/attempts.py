"""Counts that stop guessing. They live in the database, so that they hold with Redis away."""

import uuid

from django.db import models

from accounts.models.account import Account


class Throttle(models.Model):
    """Attempts in one window of time. The key is a keyed digest: no user name and no address is kept."""

    key = models.CharField(max_length=64, primary_key=True)
    count = models.PositiveIntegerField()
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"throttle until {self.ends_at}"


class AuthenticatorFailures(models.Model):
    """Consecutive wrong tries at one account's password, authenticator app or recovery codes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="authenticator_failures")
    kind = models.CharField(max_length=20)
    consecutive = models.PositiveIntegerField(default=0)
    disabled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("account", "kind")
        constraints = (models.UniqueConstraint(fields=("account", "kind"), name="failures_once"),)

    def __str__(self) -> str:
        return f"failures of {self.kind} at {self.account_id}"
