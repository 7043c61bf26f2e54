"""What else stands between a veteran and a send: blocks and terms of use."""

import uuid
from typing import ClassVar

from django.db import models

from accounts.models import Account, VeteranRecord
from eligibility.models.facility import Facility
from eligibility.models.team import CareTeam
from smportal.crypto.fields import SealedModel, SealedTextField
from smportal.crypto.owner import Owner, OwnerKind


class Block(SealedModel):
    """A veteran may not write to one team, or to a facility with its children. Both dates inclusive."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    record = models.ForeignKey(VeteranRecord, on_delete=models.PROTECT, related_name="blocks")
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, null=True, blank=True, related_name="blocks")
    team = models.ForeignKey(CareTeam, on_delete=models.PROTECT, null=True, blank=True, related_name="blocks")
    reason_sealed = SealedTextField()
    effective_from = models.DateField()
    effective_until = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("record", "effective_from")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(facility__isnull=True) ^ models.Q(team__isnull=True), name="block_one_scope"
            ),
            models.CheckConstraint(
                condition=models.Q(effective_until__isnull=True)
                | models.Q(effective_until__gte=models.F("effective_from")),
                name="block_ends_after_start",
            ),
        )

    objects: ClassVar[models.Manager["Block"]]

    def __str__(self) -> str:
        return f"block {self.pk}"

    def sealing_owner(self) -> Owner:
        return Owner(OwnerKind.VETERAN, self.record_id)


class TermsAcceptance(models.Model):
    """An account accepted a version of the terms of use."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="terms_acceptances")
    version = models.CharField(max_length=20)
    accepted_at = models.DateTimeField()

    class Meta:
        ordering = ("account", "accepted_at")
        constraints = (models.UniqueConstraint(fields=("account", "version"), name="terms_once"),)

    def __str__(self) -> str:
        return f"terms {self.version} by {self.account_id}"
