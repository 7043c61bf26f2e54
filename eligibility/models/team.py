"""Care teams: who receives messages."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from eligibility.models.facility import Facility


class CareType(models.TextChoices):
    """Plain words for the kind of care. A feed may bring others; they show as they are written."""

    PRIMARY_CARE = "primary_care", _("Primary care")
    MENTAL_HEALTH = "mental_health", _("Mental health")
    CARDIOLOGY = "cardiology", _("Heart care")
    WOMENS_HEALTH = "womens_health", _("Women’s health")
    PHARMACY = "pharmacy", _("Pharmacy")
    AUDIOLOGY = "audiology", _("Hearing care")
    PHYSICAL_THERAPY = "physical_therapy", _("Physical therapy")
    ENDOCRINOLOGY = "endocrinology", _("Diabetes and hormone care")
    DERMATOLOGY = "dermatology", _("Skin care")
    SOCIAL_WORK = "social_work", _("Social work and caregiver support")
    RELEASE_OF_INFORMATION = "release_of_information", _("Medical records")


_LABELS = dict(CareType.choices)


def care_type_label(care_type: str) -> str:
    """Return a kind of care in plain words."""
    return str(_LABELS.get(care_type) or care_type.replace("_", " ").capitalize())


class Acknowledgement(models.TextChoices):
    """When a team's automatic acknowledgement is sent (docs/acknowledgement.md)."""

    OFF = "off", "Never"
    CLOSED = "closed", "Only outside business hours, on closed days, and when nobody is on duty"
    ALWAYS = "always", "Whenever a message starts to wait for an answer"


class CareTeam(models.Model):
    """A group that receives messages, at one facility."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField(max_length=40, unique=True)
    facility = models.ForeignKey(Facility, on_delete=models.PROTECT, related_name="care_teams")
    internal_name = models.CharField(max_length=1000)
    public_name = models.CharField(max_length=1000)
    care_type = models.CharField(max_length=1000, blank=True)
    phone = models.CharField(max_length=1000, blank=True)
    is_active = models.BooleanField(default=True)
    needs_legal_signature = models.BooleanField(default=False)
    # Written by leads and administrators for every veteran alike: public words, so they are not sealed.
    acknowledgement = models.CharField(
        max_length=10, choices=Acknowledgement.choices, default=Acknowledgement.OFF, db_default=Acknowledgement.OFF
    )
    acknowledgement_text = models.TextField(blank=True, db_default="")
    acknowledgement_text_es = models.TextField(blank=True, db_default="")

    class Meta:
        ordering = ("public_name", "code")

    def __str__(self) -> str:
        return f"{self.internal_name} ({self.code})"

    @property
    def care_type_label(self) -> str:
        """The kind of care in plain words."""
        return care_type_label(self.care_type)
