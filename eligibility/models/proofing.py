"""In-person authentication: staff saw somebody's documents and compared them with the record."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models import Account, VeteranRecord
from eligibility.models.facility import Facility

FEWEST_DOCUMENTS = 2


class DocumentType(models.TextChoices):
    """What staff may have seen. The type only: a document's number is never kept."""

    DRIVERS_LICENSE = "drivers_license", "Driver’s license"
    STATE_ID = "state_id", "State identification card"
    PASSPORT = "passport", "U.S. passport or passport card"
    VETERAN_CARD = "veteran_card", "Veteran Health Identification Card"
    MILITARY_CARD = "military_card", "Military identification card"
    TRIBAL_CARD = "tribal_card", "Tribal identification card with a photo"
    RESIDENT_CARD = "resident_card", "Permanent resident card"
    SOCIAL_SECURITY_CARD = "social_security_card", "Social Security card"
    BIRTH_CERTIFICATE = "birth_certificate", "Birth certificate"
    DISCHARGE_PAPERS = "discharge_papers", "Discharge papers (DD 214)"
    VOTER_CARD = "voter_card", "Voter registration card"
    MARRIAGE_CERTIFICATE = "marriage_certificate", "Marriage certificate"


WITH_PHOTO = frozenset(
    {
        DocumentType.DRIVERS_LICENSE,
        DocumentType.STATE_ID,
        DocumentType.PASSPORT,
        DocumentType.VETERAN_CARD,
        DocumentType.MILITARY_CARD,
        DocumentType.TRIBAL_CARD,
        DocumentType.RESIDENT_CARD,
    }
)


class Proofing(models.Model):
    """Who was seen, where, on which local date, with which documents, and by whom. Never changed afterwards."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="proofings")
    record = models.ForeignKey(VeteranRecord, on_delete=models.PROTECT, related_name="proofings")
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="proofings")
    seen_on = models.DateField()
    document_types = ArrayField(models.CharField(max_length=30, choices=DocumentType.choices))
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[models.Manager["Proofing"]]

    class Meta:
        verbose_name = "in-person authentication"
        ordering = ("-recorded_at", "id")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(document_types__len__gte=FEWEST_DOCUMENTS), name="proofing_documents"
            ),
        )

    def __str__(self) -> str:
        return f"in-person authentication {self.pk}"
