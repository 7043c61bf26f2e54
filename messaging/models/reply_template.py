"""Texts that staff begin an answer from."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Account
from eligibility.models import CareTeam, Facility, StaffMember
from messaging.models.conversation import Category
from smportal.crypto.fields import SealedModel, SealedTextField
from smportal.crypto.owner import Owner, OwnerKind


class TemplateLevel(models.TextChoices):
    """Who has it: one person, one team, or all teams of a facility."""

    OWN = "own", "Only me"
    TEAM = "team", "A team"
    FACILITY = "facility", "A facility"


class ReplyTemplate(SealedModel):
    """A text with placeholders, sealed under the key of the facility where it was made.

    `version` grows with every change; a change that names an older one is refused.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    level = models.CharField(max_length=10, choices=TemplateLevel.choices)
    staff = models.ForeignKey(StaffMember, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    team = models.ForeignKey(CareTeam, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # Whose it is at that level, and at every level whose key seals it: the person's or team's when it was made.
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="+", db_index=False)
    # What it is for; empty for anything.
    category = models.CharField(max_length=20, choices=Category.choices, blank=True)
    name_sealed = SealedTextField()
    body_sealed = SealedTextField()
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)
    changed_by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects: ClassVar[models.Manager["ReplyTemplate"]]

    class Meta:
        ordering = ("created_at", "id")
        indexes = (models.Index(fields=("facility",), condition=Q(level="facility"), name="template_of_facility"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(level="own", staff__isnull=False, team__isnull=True)
                | Q(level="team", staff__isnull=True, team__isnull=False)
                | Q(level="facility", staff__isnull=True, team__isnull=True),
                name="template_level_fits",
            ),
        )

    def __str__(self) -> str:
        return f"template {self.id}"

    def sealing_owner(self) -> Owner:
        return Owner(OwnerKind.FACILITY, self.facility.key_owner_id)
