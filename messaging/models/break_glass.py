"""Break glass: an administrator opened one conversation for half an hour, and somebody else judges it."""

import datetime as dt
import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.models import Account, VeteranRecord
from eligibility.models import Facility
from messaging.models.conversation import Conversation
from smportal.crypto.fields import SealedModel, SealedTextField
from smportal.crypto.owner import Owner, OwnerKind

LASTS = dt.timedelta(minutes=30)


class Verdict(models.TextChoices):
    """What the reviewer found."""

    APPROPRIATE = "appropriate", "Appropriate"
    NOT_APPROPRIATE = "not_appropriate", "Not appropriate"


class BreakGlassUse(SealedModel):
    """One use. A trigger keeps who, when, what and why as they were, and lets a review be written once.

    `record` is the veteran: whose key seals the texts, and who may one day be shown who looked.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name="who")
    # As it was then: a name may change, and the account may have none of its own.
    account_name = models.CharField("name", max_length=200)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="break_glass_uses")
    record = models.ForeignKey(VeteranRecord, on_delete=models.PROTECT, related_name="break_glass_uses")
    # The conversation's facility: whose privacy officers judge.
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+")
    # May name what the veteran has: sealed like a message.
    reason_sealed = SealedTextField()
    # The sign-in that it belongs to: it ends with that session, although the session's key changes.
    signed_in_at = models.DateTimeField()
    opened_at = models.DateTimeField("opened")
    verdict = models.CharField("review", max_length=20, choices=Verdict.choices, blank=True)
    review_note_sealed = SealedTextField(null=True)
    reviewed_at = models.DateTimeField("reviewed", null=True, blank=True)
    reviewed_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects: ClassVar[models.Manager["BreakGlassUse"]]

    class Meta:
        verbose_name = "break-glass use"
        ordering = ("-opened_at", "-id")
        indexes = (models.Index(fields=("record", "-opened_at"), name="break_glass_of_record"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(reviewed_at__isnull=True, reviewed_by__isnull=True, verdict="")
                | Q(reviewed_at__isnull=False, reviewed_by__isnull=False, verdict__in=Verdict.values),
                name="break_glass_reviewed_whole",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("account")),
                name="break_glass_reviewed_by_another",
            ),
        )

    def __str__(self) -> str:
        return f"break-glass use {self.id}"

    @property
    def doer_id(self) -> uuid.UUID:
        """Whose deed it was, who therefore does not judge it."""
        return self.account_id

    def sealing_owner(self) -> Owner:
        return Owner(OwnerKind.VETERAN, self.record_id)

    @property
    def ends_at(self) -> dt.datetime:
        """The first instant at which it opens nothing any more."""
        return self.opened_at + LASTS
