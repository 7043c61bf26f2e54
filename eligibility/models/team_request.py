"""A veteran asks for a care team that the team picker does not show."""

import uuid
from typing import ClassVar

from django.db import models

from accounts.models import Account, VeteranRecord
from eligibility.models.facility import Facility
from smportal.crypto.fields import SealedModel, SealedTextField
from smportal.crypto.owner import Owner, OwnerKind


class Answer(models.TextChoices):
    """What the facility found; eligibility.texts has the words for the veteran."""

    ADDED = "added", "The team was added: the veteran can write to it"
    NOT_PARTICIPATING = "not_participating", "Nobody on that team uses secure messaging"
    NOT_ASSOCIATED = "not_associated", "The veteran is not a patient of that team"
    OTHER_FACILITY = "other_facility", "That team belongs to another facility"
    CALL = "call", "The veteran should call the facility"


class TeamRequest(SealedModel):
    """One veteran's question to one facility; open until somebody answers it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    record = models.ForeignKey(VeteranRecord, on_delete=models.PROTECT, related_name="team_requests")
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="team_requests")
    # The team or provider in the veteran's words: may name a clinic, so it is sealed like a message.
    wanted_sealed = SealedTextField()
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    answer = models.CharField(max_length=20, choices=Answer.choices, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects: ClassVar[models.Manager["TeamRequest"]]

    class Meta:
        verbose_name = "request for a care team"
        verbose_name_plural = "requests for care teams"
        ordering = ("asked_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("record", "facility"),
                condition=models.Q(answered_at__isnull=True),
                name="team_request_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(answered_at__isnull=True, answer="")
                | (models.Q(answered_at__isnull=False) & ~models.Q(answer="")),
                name="team_request_answered",
            ),
        )

    def __str__(self) -> str:
        return f"request {self.pk}"

    def sealing_owner(self) -> Owner:
        return Owner(OwnerKind.VETERAN, self.record_id)
